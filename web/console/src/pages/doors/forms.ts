/// The definition of a form as the builder edits it, and which way answers lead: the same rules as the server's.
import { freeKey, type FormSpec, type Option, type Question } from "./door";

export const KINDS = ["single", "multi", "text", "rating", "phone", "date", "upload"] as const;
export const ONCE = ["no", "visitor", "person"] as const;
export const END = "end";
export const STARS = 5;

export const emptyOption = (taken: Option[]): Option => ({ key: freeKey("o", taken), label: "", score: 0, tags: [], go: "" });
export const emptyQuestion = (kind: Question["kind"], taken: Question[]): Question => ({
  key: freeKey("q", taken), kind, title: "", note: "", required: true, min: 0, max: 0, attribute: kind === "phone" ? "phone" : "", go: "", types: [], max_kb: 0, verify: false,
  options: isChoice(kind) ? [{ ...emptyOption([]), key: "o1" }, { ...emptyOption([]), key: "o2" }] : [],
});
export const emptyForm = (): FormSpec => ({
  name: "", folder: "", channel: "", title: "", intro: "", picture: "", button: "", questions: [], starts_at: null, ends_at: null, cap: 0, once: "no", tags: [], stage: "", bands: [],
  consent: { text: "", channel: "", purpose: "" }, done_title: "", done_text: "", done_url: "", done_label: "", closed_text: "", closed_url: "",
});
export const isChoice = (kind: string): boolean => kind === "single" || kind === "multi";
/// Whether the whole form stands on one page.
export const onePage = (spec: FormSpec): boolean => spec.questions.every((q) => q.go === "" && q.options.every((o) => o.go === ""));

export type Given = Record<string, string[]>;
/// Where an answer leads: the place of the next question, the number of questions for the end, -1 for nowhere.
export function nextOf(spec: FormSpec, at: number, given?: string[]): number {
  const q = spec.questions[at]!;
  const option = q.kind === "single" && given?.length === 1 ? q.options.find((one) => one.key === given[0]) : undefined;
  const go = option?.go || q.go;
  return go === "" ? at + 1 : go === END ? spec.questions.length : spec.questions.findIndex((one) => one.key === go);
}
/// The questions these answers lead through; `done` when they come to the end.
export function walk(spec: FormSpec, given: Given): { path: Question[]; done: boolean } {
  const path: Question[] = [];
  for (let at = 0; at >= 0 && path.length <= spec.questions.length; at = nextOf(spec, at, given[spec.questions[at]!.key])) {
    if (at >= spec.questions.length) return { path, done: true };
    path.push(spec.questions[at]!);
    const next = nextOf(spec, at, given[spec.questions[at]!.key]);
    if (next >= spec.questions.length) return { path, done: true };
  }
  return { path, done: false };
}
export function scoreOf(spec: FormSpec, given: Given): number {
  return walk(spec, given).path.reduce((sum, q) => sum + q.options.filter((o) => given[q.key]?.includes(o.key)).reduce((part, o) => part + o.score, 0), 0);
}

/// What stands in the way of saving: a key of a text and the question it is about.
export interface Open { text: "title" | "option" | "loop" | "lost" | "none"; at?: number }
export function openOf(spec: FormSpec): Open[] {
  const out: Open[] = [];
  if (spec.questions.length === 0) out.push({ text: "none" });
  spec.questions.forEach((q, at) => {
    if (q.title.trim() === "") out.push({ text: "title", at });
    if (isChoice(q.kind) && (q.options.length < 2 || q.options.some((o) => o.label.trim() === ""))) out.push({ text: "option", at });
  });
  return [...out, ...jumpsOf(spec)];
}

/// Loops and questions nobody reaches.
function jumpsOf(spec: FormSpec): Open[] {
  const end = spec.questions.length;
  const marks: ("open" | "done" | undefined)[] = Array.from({ length: end });
  let loop: number | undefined;
  const visit = (at: number) => {
    marks[at] = "open";
    for (const next of waysOf(spec, at)) {
      if (next < 0 || next >= end) continue;
      if (marks[next] === "open") loop ??= at;
      else if (!marks[next]) visit(next);
    }
    marks[at] = "done";
  };
  if (end > 0) visit(0);
  if (loop !== undefined) return [{ text: "loop", at: loop }];
  const lost = marks.findIndex((mark) => !mark);
  return lost >= 0 ? [{ text: "lost", at: lost }] : [];
}
function waysOf(spec: FormSpec, at: number): Set<number> {
  const q = spec.questions[at]!;
  const jumps = q.kind === "single" && q.options.some((o) => o.go !== "");
  const out = new Set(jumps ? q.options.map((o) => nextOf(spec, at, [o.key])) : []);
  if (!jumps || !q.required) out.add(nextOf(spec, at));
  return out;
}
