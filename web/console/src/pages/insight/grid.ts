/// The 5×5×5 cells folded to the 5×5 that fits a screen, and what stands behind one square.
export interface Cell {
  r: number;
  f: number;
  m: number;
  people: number;
  orders: number;
  net_fen: number;
  mean_days: number;
}

export interface Square {
  r: number;
  f: number;
  people: number;
  orders: number;
  net_fen: number;
  /// Mean days since the last purchase over the square's people.
  mean_days: number;
  /// The cells inside by spending score, 5 first.
  cells: Cell[];
}

/// Recency 5 (latest) at the top, frequency 1 to 5 from the left; squares nobody is in are there with zeros.
export function squares(cells: Cell[]): Square[][] {
  return [5, 4, 3, 2, 1].map((r) =>
    [1, 2, 3, 4, 5].map((f) => {
      const inside = cells.filter((cell) => cell.r === r && cell.f === f).sort((a, b) => b.m - a.m);
      const people = inside.reduce((sum, cell) => sum + cell.people, 0);
      return {
        r,
        f,
        people,
        orders: inside.reduce((sum, cell) => sum + cell.orders, 0),
        net_fen: inside.reduce((sum, cell) => sum + cell.net_fen, 0),
        mean_days: people ? Math.round(inside.reduce((sum, cell) => sum + cell.mean_days * cell.people, 0) / people) : 0,
        cells: inside,
      };
    }),
  );
}

/// "545" as scores; nothing when it is no cell.
export function cellOf(text: string | undefined): { r: number; f: number; m: number } | undefined {
  if (!text || !/^[1-5]{3}$/.test(text)) return undefined;
  return { r: Number(text[0]), f: Number(text[1]), m: Number(text[2]) };
}

/// What share of a cohort came back k months later; nothing before that month is over or when it is empty.
export function retained(active: number[], people: number, k: number): number | null {
  const count = active[k];
  return count === undefined || people === 0 ? null : count / people;
}
