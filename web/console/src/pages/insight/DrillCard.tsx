import type { QueryOf } from "@shared/client";
import { useList } from "@/app/lists";
import { IDS_A_PAGE } from "@/app/people";
import { PeopleCard } from "./PeopleCard";

/// The people behind a number.
export function DrillCard({ title, query, onClose }: { title: string; query: Omit<QueryOf<"/v1/insight/drill", "get">, "limit" | "after">; onClose?: () => void }) {
  const list = useList("/v1/insight/drill", { query: { ...query, limit: IDS_A_PAGE } as never }, (row) => row.person_id);
  return <PeopleCard title={title} list={list} onClose={onClose} />;
}
