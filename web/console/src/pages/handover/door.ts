/// What the server says of handovers, and what a wizard's answers are on the wire.
import type { BodyOf, ReplyOf } from "@shared/client";

export type HandoverRow = ReplyOf<"/v1/handovers", "get">["data"][number];
export type Whole = ReplyOf<"/v1/handovers/{handover}", "get">;
export type Item = ReplyOf<"/v1/handovers/{handover}/items", "get">["data"][number];
export type Preview = ReplyOf<"/v1/handovers:preview", "post">;
export type Body = BodyOf<"/v1/handovers", "post">;

/// Queries that a changed handover makes old.
export const TOUCHED = ["/v1/handovers", "/v1/handovers/{handover}", "/v1/handovers/{handover}/items"] as const;

export const RULES = ["equal", "one", "least", "store", "match"] as const;
export const ITEM_STATES = ["planned", "asked", "waiting", "moved", "refused", "full", "failed", "cancelled"] as const;

export interface Receiver { staff: string; capacity?: number; tags: string[]; stage?: string }
export interface Draft {
  from?: string;
  mode: "onjob" | "left";
  rule: (typeof RULES)[number];
  receivers: Receiver[];
  people: boolean;
  groups: boolean;
  greeting: string;
  daily: number;
  attempts: number;
}

export const empty: Draft = { mode: "left", rule: "equal", receivers: [], people: true, groups: true, greeting: "", daily: 500, attempts: 3 };

/// Conditions belong to the rule that asks for them; other rules leave them out.
export function bodyOf(draft: Draft): Body {
  return {
    from: draft.from ?? "", mode: draft.mode, rule: draft.rule, people: draft.people, groups: draft.groups,
    greeting: draft.greeting.trim(), daily_max: draft.daily, attempts_max: draft.attempts,
    receivers: draft.receivers.map((one) => ({
      staff_id: one.staff,
      ...(one.capacity !== undefined && { capacity: one.capacity }),
      ...(draft.rule === "match" && one.tags.length > 0 && { tags: one.tags }),
      ...(draft.rule === "match" && one.stage && { stage: one.stage }),
    })),
  } as Body;
}

/// How far, of a hundred: what has ended, whichever way.
export function doneOf(row: Pick<HandoverRow, "total" | "planned" | "asked" | "waiting">): number {
  return row.total > 0 ? Math.floor(((row.total - row.planned - row.asked - row.waiting) / row.total) * 100) : 100;
}
export const failedOf = (row: Pick<HandoverRow, "refused" | "full" | "failed">): number => row.refused + row.full + row.failed;
