/// What changed between two texts, line by line: the longest row of lines they share stays.
export interface DiffLine { kind: "same" | "old" | "new"; text: string }

export function diffOf(before: string, after: string): DiffLine[] {
  const a = before.split("\n"), b = after.split("\n");
  const shared = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) shared[i]![j] = a[i] === b[j] ? shared[i + 1]![j + 1]! + 1 : Math.max(shared[i + 1]![j]!, shared[i]![j + 1]!);
  const out: DiffLine[] = [];
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) out.push({ kind: "same", text: a[i++]! }), j++;
    else if (i < a.length && (j === b.length || shared[i + 1]![j]! >= shared[i]![j + 1]!)) out.push({ kind: "old", text: a[i++]! });
    else out.push({ kind: "new", text: b[j++]! });
  }
  return out;
}

/// A rule on one line as lines: each "and" and "or" outside brackets and texts begins one.
export function linesOf(rule: string): string {
  let depth = 0, quoted = "", out = "";
  for (let at = 0; at < rule.length; at++) {
    const letter = rule[at]!;
    if (quoted) {
      if (letter === "\\" && quoted === '"') out += letter + (rule[++at] ?? "");
      else {
        out += letter;
        if (letter === quoted) quoted = "";
      }
      continue;
    }
    if (letter === '"' || letter === "`") quoted = letter;
    if (letter === "(") depth++;
    if (letter === ")") depth--;
    const word = depth === 0 && /^ (and|or) /.exec(rule.slice(at));
    if (word) out += "\n";
    else out += letter;
  }
  return out;
}
