/// Shares of a segment against everybody.
export interface Cut { value: string; inside: number; everybody: number }
export interface Compared extends Cut { share: number; base: number; index: number | null }

/// Share of the segment, share of everybody, and one over the other times 100; nothing to say where nobody has it.
export function compared(cut: Cut, size: number, of: number): Compared {
  const share = size ? cut.inside / size : 0;
  const base = of ? cut.everybody / of : 0;
  return { ...cut, share, base, index: base > 0 && size > 0 ? Math.round((share / base) * 100) : null };
}

