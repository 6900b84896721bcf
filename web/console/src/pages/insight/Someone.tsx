import { type ReplyOf } from "@shared/client";
import type { PersonRow } from "@/app/people";
import { PersonLink } from "@/parts/people";

/// A person of a list of ids: a name as soon as it is known, the end of the id for whom one may not see.
export function SomeoneLink({ id, people }: { id: string; people: Map<string, PersonRow> | undefined }) {
  const row = people?.get(id);
  return <PersonLink id={id} name={row ? row.name || row.member_no : people ? `…${id.slice(-6)}` : "…"} />;
}

export type Behind = ReplyOf<"/v1/insight/drill", "get">["data"][number];
