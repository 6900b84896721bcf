/// Places in the text of a rule: the server counts lines and characters from 1, a text area counts UTF-16 units from 0.
export interface Place { line: number; column: number; end_column?: number | null }

const widthOf = (text: string, characters: number): number => Array.from(text).slice(0, Math.max(0, characters)).join("").length;

/// Where a place begins and ends in the text. Without an end it is the word that stands there, or one character.
export function stretchOf(text: string, place: Place): [number, number] {
  const lines = text.split("\n");
  const at = Math.min(Math.max(1, place.line), lines.length) - 1;
  const line = lines[at]!;
  const before = lines.slice(0, at).reduce((sum, one) => sum + one.length + 1, 0);
  const from = widthOf(line, place.column - 1);
  const word = /^[\p{L}\p{N}_.]+/u.exec(line.slice(from))?.[0].length ?? 1;
  const to = place.end_column && place.end_column > place.column ? widthOf(line, place.end_column - 1) : Math.min(line.length, from + word);
  return [before + from, before + Math.max(from, to)];
}

/// A place that is a whole clause, drawn together to the name the server complains of.
export function pinned(text: string, place: Place, detail: string): Place {
  const named = /"([^"]+)"/.exec(detail)?.[1];
  const [from, to] = stretchOf(text, place);
  const at = named ? text.slice(from, to).indexOf(named) : -1;
  if (!named || at < 0) return place;
  const column = place.column + Array.from(text.slice(from, from + at)).length;
  return { line: place.line, column, end_column: column + Array.from(named).length };
}

/// The line a place is on, and the carets below it: wide characters take two places.
export function pointed(text: string, place: Place): { line: string; before: string; marks: string } {
  const line = text.split("\n")[place.line - 1] ?? "";
  const [from, to] = stretchOf(text, place);
  const start = text.lastIndexOf("\n", from - 1) + 1;
  return { line, before: blanks(line.slice(0, from - start)), marks: "^".repeat(Math.max(1, places(line.slice(from - start, to - start)))) };
}
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const places = (text: string): number => Array.from(text).reduce((sum, letter) => sum + (WIDE.test(letter) ? 2 : 1), 0);
const blanks = (text: string) => Array.from(text).map((letter) => (letter === "\t" ? "\t" : " ".repeat(WIDE.test(letter) ? 2 : 1))).join("");

/// How far two names are apart, in letters changed.
function apart(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}

/// The text with a suggestion taken; nothing when it is not plain what it stands for. A problem's place may be its whole
/// clause: then it is the name in there that is nearest to what was suggested.
export function corrected(text: string, place: Place, suggestion: string, code: string): { text: string; caret: number } | undefined {
  const [from, to] = stretchOf(text, place);
  const put = (start: number, end: number) => ({ text: text.slice(0, start) + suggestion + text.slice(end), caret: start + suggestion.length });
  if (code === "segments.syntax") return put(from, to);
  const clause = text.slice(from, Math.max(to, from + 1));
  if (code === "segments.bad_window" || code === "segments.budget") {
    const found = /within last \d+\w+|between .+? ago/.exec(clause);
    return found && /^(within|between) /.test(suggestion) ? put(from + found.index, from + found.index + found[0].length) : undefined;
  }
  const candidates = [...clause.matchAll(/"((?:[^"\\]|\\.)*)"|`([^`]*)`|[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*|[\d.]+/gu)].map((found) => {
    const name = found[1] ?? found[2] ?? found[0];
    const quote = found[1] !== undefined || found[2] !== undefined ? 1 : 0;
    return { name, at: from + found.index + quote };
  });
  if (code === "segments.money_unit") {
    const number = candidates.find((one) => suggestion.startsWith(one.name) && /^[\d.]+$/.test(one.name));
    return number && put(number.at, number.at + number.name.length);
  }
  const best = candidates.filter((one) => one.name !== suggestion).sort((a, b) => apart(a.name, suggestion) - apart(b.name, suggestion))[0];
  return best && apart(best.name, suggestion) <= Math.max(2, Math.ceil(suggestion.length / 3)) ? put(best.at, best.at + best.name.length) : undefined;
}

// ---- the same in JSON -----------------------------------------------------------------------------------------------

const steps = (pointer: string) => pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

function changed(value: unknown, path: string[], next: (old: unknown) => unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return next(value);
  if (Array.isArray(value)) return value.map((one, at) => (String(at) === first ? changed(one, rest, next) : one));
  if (typeof value !== "object" || value === null || !(first in value)) return value;
  return { ...value, [first]: changed((value as Record<string, unknown>)[first], rest, next) };
}

/// A rule with the name a pointer leads to replaced; nothing when no name stands there.
export function renamed<T>(rule: T, pointer: string, suggestion: string): T | undefined {
  let done = false;
  const out = changed(rule, steps(pointer), (old) => {
    if (typeof old === "string") return (done = true), suggestion;
    if (typeof old !== "object" || old === null) return old;
    const names = ["event", "field", "changed", "in_segment", "in_list", "property"].filter((key) => typeof (old as Record<string, unknown>)[key] === "string");
    const best = names.sort((a, b) => apart(String((old as Record<string, string>)[a]), suggestion) - apart(String((old as Record<string, string>)[b]), suggestion))[0];
    if (!best) return old;
    done = true;
    return { ...old, [best]: suggestion };
  });
  return done ? (out as T) : undefined;
}
