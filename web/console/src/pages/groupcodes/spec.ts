/// The definition of a group code as the designer edits it: defaults, and what stands open.

export const RULES = ["fill", "weight", "round_robin", "store", "category"] as const;
export const AUDIENCES = ["everyone", "newcomers", "customers"] as const;

export interface Entry {
  id: string | null;
  name: string;
  kind: "join" | "image";
  on: boolean;
  weight: number;
  cap: number;
  category: string;
  store: string | null;
  tags: string[];
  audience: (typeof AUDIENCES)[number];
  chats: string[];
  auto_create: boolean;
  room_base_name: string;
  room_base_id: number;
  image: string | null;
}

export interface Spec {
  name: string; folder: string; channel: string; note: string;
  unit: string | null;
  rule: (typeof RULES)[number];
  entries: Entry[];
  group_cap: number; code_cap: number; hold_minutes: number;
  rejoin: "page" | "same";
  title: string; guide: string; rejoin_text: string;
  fallback: { code: string | null; url: string; text: string; phone: string };
}

export function joinEntry(): Entry {
  return {
    id: null, name: "", kind: "join", on: true, weight: 1, cap: 0, category: "", store: null, tags: [], audience: "everyone",
    chats: [], auto_create: true, room_base_name: "", room_base_id: 1, image: null,
  };
}

export function emptySpec(): Spec {
  return {
    name: "", folder: "", channel: "", note: "", unit: null, rule: "fill", entries: [], group_cap: 200, code_cap: 0, hold_minutes: 15,
    rejoin: "page", title: "", guide: "", rejoin_text: "", fallback: { code: null, url: "", text: "", phone: "" },
  };
}

/// A copy brings no pictures of its own: entries that show one are made by uploading.
export const copyOf = (spec: Spec): Spec => ({ ...spec, entries: spec.entries.filter((entry) => entry.kind === "join").map((entry) => ({ ...entry, id: null })) });

export type StepName = "basics" | "groups" | "answer";
export interface Open { step: StepName; text: string }

/// What keeps the code from being saved, and what is probably not meant.
export function openOf(spec: Spec): { wrong: Open[]; advice: Open[] } {
  const wrong: Open[] = [], advice: Open[] = [];
  if (!spec.name.trim()) wrong.push({ step: "basics", text: "name" });
  const joins = spec.entries.filter((entry) => entry.kind === "join");
  if (joins.some((entry) => entry.chats.length === 0)) wrong.push({ step: "groups", text: "chats" });
  if (joins.some((entry) => entry.auto_create && !entry.room_base_name.trim())) wrong.push({ step: "groups", text: "room" });
  if (spec.entries.length > 0 && spec.rule === "store" && !spec.entries.some((entry) => entry.store)) wrong.push({ step: "groups", text: "store" });
  if (spec.entries.length > 0 && spec.rule === "category" && !spec.entries.some((entry) => entry.category.trim())) wrong.push({ step: "groups", text: "category" });
  if (spec.entries.length === 0) advice.push({ step: "groups", text: "empty" });
  if (!spec.fallback.code && !spec.fallback.url && !spec.fallback.text) advice.push({ step: "answer", text: "fallback" });
  return { wrong, advice };
}

/// The step that holds what the server complains about.
export function stepOf(pointer: string): StepName {
  if (/\/(entries|rule|group_cap|code_cap|hold)/.test(pointer)) return "groups";
  return /\/(fallback|rejoin|guide|title)/.test(pointer) ? "answer" : "basics";
}
