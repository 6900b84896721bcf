/// Rows of people whose ids are at hand: one request a page of ids, kept as the list grows.
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, type ReplyOf } from "@shared/client";
import { keyOf } from "./queries";
import { useMay } from "./session";

export type PersonRow = ReplyOf<"/v1/people", "get">["data"][number];
export const IDS_A_PAGE = 25;

/// Ids in pages of a fixed size: a page that is full never changes, so it is never asked again.
export function pagesOf(ids: string[], size = IDS_A_PAGE): string[][] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, page) => ids.slice(page * size, (page + 1) * size));
}

/// Who they are, by id: undefined while it is asked, absent for whom the scope leaves out.
export function usePeople(ids: string[] | undefined): Map<string, PersonRow> | undefined {
  const may = useMay()("person.read");
  const found = useQueries({
    queries: pagesOf(may ? (ids ?? []) : []).map((page) => {
      const options = { query: { ids: page, limit: IDS_A_PAGE } as never };
      return { queryKey: keyOf("/v1/people", options), staleTime: 60_000, queryFn: async () => (await api.get("/v1/people", options)).data };
    }),
    combine: (results) => ({ rows: results.flatMap((one) => one.data?.data ?? []), waiting: results.some((one) => one.isPending) }),
  });
  return useMemo(() => (found.waiting && found.rows.length === 0 ? undefined : new Map(found.rows.map((row) => [row.id, row]))), [found.rows, found.waiting]);
}
