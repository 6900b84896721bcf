/// Cells of scores folded into the squares of a grid.
interface Cell { r: number; f: number; m: number; people: number; fen: number }
export interface Square { r: number; f: number; people: number; fen: number }

/// Rows from the most recent, columns from the rarest; whatever they paid.
export function squaresOf(cells: Cell[], tiles: number): Square[][] {
  return Array.from({ length: tiles }, (_, row) =>
    Array.from({ length: tiles }, (_, column) => {
      const r = tiles - row, f = column + 1;
      const inside = cells.filter((cell) => cell.r === r && cell.f === f);
      return { r, f, people: inside.reduce((sum, cell) => sum + cell.people, 0), fen: inside.reduce((sum, cell) => sum + cell.fen, 0) };
    }));
}

/// "5-2" of the address, when there is such a square.
export function squareOf(text: string | undefined, tiles: number): { r: number; f: number } | undefined {
  const found = /^(\d{1,2})-(\d{1,2})$/.exec(text ?? "");
  if (!found) return undefined;
  const [r, f] = [Number(found[1]), Number(found[2])];
  return r >= 1 && r <= tiles && f >= 1 && f <= tiles ? { r, f } : undefined;
}
