/// The definition of a live code as the designer edits it: defaults, what stands open, and what a welcome will read like.

export interface Hours { days: number[]; slots: string[] }
export interface Vacation { from: string; to: string }
export interface Schedule { week: Hours[]; holidays: string[]; vacations: Vacation[] }
export interface Member { staff: string | null; unit: string | null; weight: number; daily_cap: number; lifetime_cap: number; round_cap: number; schedule: Schedule }
export interface StoreMember { unit: string; members: Member[] }
export interface Part { kind: PartKind; title: string; desc: string; url: string; picture: string; appid: string; page: string; media: string }
export interface WelcomeSlot { hours: Hours; text: string; parts: Part[] }
export interface WelcomeSet { slots: WelcomeSlot[]; text: string; parts: Part[]; staff_first: boolean }
export interface Fallback { group_url: string; form_url: string; text: string; phone: string }

export const KINDS = ["staff", "store"] as const;
export const MODES = ["page", "direct"] as const;
export const RULES = ["round_robin", "weighted", "least_loaded", "random", "nearest"] as const;
export const ACCEPTS = ["always", "hours", "manual"] as const;
export const PARTS = ["link", "image", "miniprogram", "video", "file"] as const;
export type PartKind = (typeof PARTS)[number];

export interface Spec {
  name: string; folder: string; channel: string; note: string;
  kind: (typeof KINDS)[number];
  mode: (typeof MODES)[number];
  members: Member[];
  stores: StoreMember[];
  radius_km: number;
  out_of_range: string;
  assign: (typeof RULES)[number];
  sticky_owner: boolean;
  accept: (typeof ACCEPTS)[number];
  accept_hours: Hours[];
  exclusive: boolean;
  backup: { members: Member[] }[];
  fallback: Fallback;
  tags: string[];
  remark: string; description: string; stage: string;
  welcome: WelcomeSet;
  daily_cap: number; lifetime_cap: number;
  hold_minutes: number; alarm_after_scans: number;
  cost_day_fen: number; cost_total_fen: number;
  acquisition: boolean;
}

export const emptySchedule = (): Schedule => ({ week: [], holidays: [], vacations: [] });
export const memberOf = (who: { staff?: string; unit?: string }): Member => ({
  staff: who.staff ?? null, unit: who.unit ?? null, weight: 1, daily_cap: 0, lifetime_cap: 0, round_cap: 0, schedule: emptySchedule(),
});
export const emptyPart = (kind: PartKind): Part => ({ kind, title: "", desc: "", url: "", picture: "", appid: "", page: "", media: "" });

export function emptySpec(): Spec {
  return {
    name: "", folder: "", channel: "", note: "", kind: "staff", mode: "page", members: [], stores: [], radius_km: 0, out_of_range: "",
    assign: "round_robin", sticky_owner: true, accept: "always", accept_hours: [], exclusive: false, backup: [],
    fallback: { group_url: "", form_url: "", text: "", phone: "" }, tags: [], remark: "", description: "", stage: "",
    welcome: { slots: [], text: "", parts: [], staff_first: false },
    daily_cap: 0, lifetime_cap: 0, hold_minutes: 30, alarm_after_scans: 0, cost_day_fen: 0, cost_total_fen: 0, acquisition: false,
  };
}

/// Who a member is, as one text: what lists use as a key.
export const memberKey = (member: Pick<Member, "staff" | "unit">): string => member.staff ?? member.unit ?? "";

/// Members as chosen in a picker: those who were there keep their caps and hours, in the order chosen.
export function withChosen(before: Member[], chosen: { staff?: string; unit?: string }[]): Member[] {
  const known = new Map(before.map((member) => [memberKey(member), member]));
  return chosen.map((who) => known.get(who.staff ?? who.unit ?? "") ?? memberOf(who));
}

const SLOT = /^([01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/;
export const isSlot = (text: string): boolean => SLOT.test(text) && text.slice(0, 5) !== text.slice(6);

/// Minutes of the week from Monday 00:00 that hours cover, as pieces [from, to) of 0 to 10,080.
export function pieces(week: Hours[]): [number, number][] {
  const minute = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  const out: [number, number][] = [];
  for (const hours of week) {
    for (const day of hours.days.length ? hours.days : [1, 2, 3, 4, 5, 6, 7]) {
      const start = (day - 1) * 1440;
      if (!hours.slots.length) out.push([start, start + 1440]);
      for (const slot of hours.slots.filter(isSlot)) {
        const from = minute(slot.slice(0, 5)), to = minute(slot.slice(6));
        if (from < to) out.push([start + from, start + to]);
        else for (const piece of [[start + from, start + 1440], [(start + 1440) % 10080, ((start + 1440) % 10080) + to]] as [number, number][]) out.push(piece);
      }
    }
  }
  const joined: [number, number][] = [];
  for (const [from, to] of out.sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else if (from < to) joined.push([from, to]);
  }
  return joined;
}

/// Hours of a week somebody is on duty; 168 when nothing is said.
export function weekHours(week: Hours[]): number {
  return week.length ? pieces(week).reduce((sum, [from, to]) => sum + to - from, 0) / 60 : 168;
}

/// When the week's coverage by all these people has holes: the first of them, as [weekday 1-7, minute of the day].
export function firstHole(members: Pick<Member, "schedule">[]): [number, number] | undefined {
  if (!members.length || members.some((member) => !member.schedule.week.length)) return undefined;
  const covered = pieces(members.flatMap((member) => member.schedule.week));
  let at = 0;
  for (const [from, to] of covered) {
    if (from > at) break;
    at = to;
  }
  return at >= 10080 ? undefined : [Math.floor(at / 1440) + 1, at % 1440];
}

export const clockOf = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

export const WELCOME_WORDS = ["nick", "guide", "store"] as const;
export const REMARK_WORDS = ["channel", "date", "nick", "code"] as const;

/// A text with its {words} filled in; unknown ones stay, so that they are seen.
export function filled(text: string, words: Record<string, string>): string {
  return text.replace(/\{([a-z]+)\}/g, (whole, word: string) => words[word] ?? whole);
}

/// Words in braces nobody fills in.
export function strangers(text: string, known: readonly string[]): string[] {
  return [...text.matchAll(/\{([^{}]*)\}/g)].map((found) => found[1]!).filter((word) => !known.includes(word));
}

export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/// What still keeps the definition from being saved, by the step that mends it.
export type StepName = "basics" | "people" | "welcome" | "answer" | "check";
export interface Open { step: StepName; text: "name" | "members" | "stores" | "words" | "long" | "parts" | "fallback" | "hole" }
export function openOf(spec: Spec): { wrong: Open[]; advice: Open[] } {
  const wrong: Open[] = [], advice: Open[] = [];
  if (!spec.name.trim()) wrong.push({ step: "basics", text: "name" });
  if (spec.kind === "staff" ? !spec.members.length : !spec.stores.length) wrong.push({ step: "people", text: spec.kind === "staff" ? "members" : "stores" });
  const texts = [spec.welcome.text, ...spec.welcome.slots.map((slot) => slot.text)];
  if (texts.some((text) => strangers(text, WELCOME_WORDS).length) || strangers(spec.remark, REMARK_WORDS).length) wrong.push({ step: "welcome", text: "words" });
  if (texts.some((text) => bytesOf(text) > 4000)) wrong.push({ step: "welcome", text: "long" });
  if ([spec.welcome, ...spec.welcome.slots].some((set) => set.parts.length > 9)) wrong.push({ step: "welcome", text: "parts" });
  if (spec.kind === "staff" && firstHole(spec.members)) advice.push({ step: "people", text: "hole" });
  const { group_url, form_url, text, phone } = spec.fallback;
  if (!group_url && !form_url && !text && !phone) advice.push({ step: "answer", text: "fallback" });
  return { wrong, advice };
}
