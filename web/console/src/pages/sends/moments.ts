/// What the server says of moments, and what a draft is on the wire.
import type { BodyOf, ReplyOf } from "@shared/client";
import type { Part } from "../codes/spec";

export type Moment = ReplyOf<"/v1/moments/{moment}", "get">;
export type MomentGuide = ReplyOf<"/v1/moments/{moment}/guides", "get">["data"][number];
export type Reaction = ReplyOf<"/v1/moments/{moment}/reactions", "get">["data"][number];
export type MomentSpecBody = BodyOf<"/v1/moments", "post">["spec"];

/// Queries that a changed moment makes old.
export const MOMENT_TOUCHED = ["/v1/moments", "/v1/moments/{moment}", "/v1/moments/{moment}/guides", "/v1/moments/{moment}/reactions"] as const;
export const MOMENT_STATES = ["draft", "sending", "asked", "sent", "done", "refused", "cancelled"] as const;

export interface MomentDraft { corp?: string; name: string; text: string; parts: Part[]; staff: string[]; tags: string[] }
export const emptyMoment: MomentDraft = { name: "", text: "", parts: [], staff: [], tags: [] };
export const momentDraftOf = (one: Moment): MomentDraft => ({ corp: one.corp_id, name: one.spec.name, text: one.spec.text, parts: one.spec.parts as Part[], staff: one.spec.staff, tags: one.spec.tags });
export const momentSpecOf = ({ name, text, parts, staff, tags }: MomentDraft): MomentSpecBody => ({ name: name.trim(), text, parts, staff, tags }) as MomentSpecBody;
