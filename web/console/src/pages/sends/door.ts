/// What the server says of mass sends, and what a draft is on the wire.
import type { BodyOf, ReplyOf } from "@shared/client";
import type { Params } from "@/app/search";
import { toFilter, toParams, type Filter } from "../people/filters";
import type { Part } from "../codes/spec";

export type Send = ReplyOf<"/v1/sends/{send}", "get">;
export type Task = ReplyOf<"/v1/sends/{send}/tasks", "get">["data"][number];
export type Recipient = ReplyOf<"/v1/sends/{send}/recipients", "get">["data"][number];
type Body = BodyOf<"/v1/sends", "post">;

/// Queries that a changed send makes old.
export const TOUCHED = ["/v1/sends", "/v1/sends/{send}", "/v1/sends/{send}/tasks", "/v1/sends/{send}/recipients"] as const;

export const STATES = ["draft", "planning", "ready", "sending", "sent", "done", "cancelled"] as const;
export const RECIPIENT_STATES = ["planned", "waiting", "sent", "lost", "full", "failed", "unsent", "cancelled", "friendless", "unasked", "capped"] as const;

export interface Draft {
  corp?: string;
  kind: "person" | "group";
  name: string;
  text: string;
  parts: Part[];
  audience: Params;
  staff: string[];
  groups_named: string;
  consent: "not_refused" | "granted";
  allow_select: boolean;
}

export const empty: Draft = { kind: "person", name: "", text: "", parts: [], audience: {}, staff: [], groups_named: "", consent: "not_refused", allow_select: false };

/// A people list's address as whom to write to: "send to these".
export function fromPeople(params: Params): Draft {
  return { ...empty, audience: Object.fromEntries(Object.entries(toParams(toFilter(params))).filter(([, value]) => value)) as Params };
}

export function draftOf(send: Send): Draft {
  const { spec } = send;
  const audience = Object.fromEntries(Object.entries(toParams(spec.audience as Filter)).filter(([, value]) => value)) as Params;
  return { corp: send.corp_id, kind: send.kind as Draft["kind"], name: spec.name, text: spec.text, parts: spec.parts as Part[], audience, staff: spec.staff, groups_named: spec.groups_named, consent: spec.consent as Draft["consent"], allow_select: spec.allow_select };
}

export function specOf(draft: Draft): Body["spec"] {
  const people = draft.kind === "person";
  return {
    name: draft.name.trim(), text: draft.text, parts: draft.parts, staff: draft.staff, allow_select: draft.allow_select,
    audience: people ? toFilter(draft.audience) : {}, groups_named: people ? "" : draft.groups_named.trim(), consent: people ? draft.consent : "not_refused",
  } as Body["spec"];
}

/// Of a hundred, how many have what they were to get.
export const doneOf = (send: Pick<Send, "total" | "sent" | "lost" | "full" | "failed">): number =>
  send.total > 0 ? Math.floor(((send.sent + send.lost + send.full + send.failed) / send.total) * 100) : 0;
