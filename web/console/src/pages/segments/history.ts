/// What was, is, and may be again: edits of one thing in a row are one step back.
export interface History<T> { past: T[]; now: T; next: T[]; last?: { what: string; at: number } }
const KEPT = 100;
const ONE_EDIT_MS = 1200;

export const begin = <T>(now: T): History<T> => ({ past: [], now, next: [] });
export function edit<T>(history: History<T>, now: T, what: string, at: number): History<T> {
  if (now === history.now) return history;
  const goesOn = what !== "" && history.last?.what === what && at - history.last.at < ONE_EDIT_MS;
  return { past: goesOn ? history.past : [...history.past, history.now].slice(-KEPT), now, next: [], last: { what, at } };
}
export function undo<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  return before === undefined ? history : { past: history.past.slice(0, -1), now: before, next: [history.now, ...history.next] };
}
export function redo<T>(history: History<T>): History<T> {
  const [after, ...next] = history.next;
  return after === undefined ? history : { past: [...history.past, history.now], now: after, next };
}
