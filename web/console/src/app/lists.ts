/// Cursor pages as one growing list.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, Problem, type CallOptions, type PathsWith, type ReplyOf } from "@shared/client";

interface PageShape<T> {
  data: T[];
  next?: string | null;
  as_of?: string;
}

type ListPaths = {
  [P in PathsWith<"get">]: ReplyOf<P, "get"> extends PageShape<unknown> ? P : never;
}[PathsWith<"get">];
export type RowOf<P extends ListPaths> = ReplyOf<P, "get"> extends PageShape<infer T> ? T : never;

/// The address of the next page; a page without one is the last.
export function nextCursor(page: { next?: string | null }): string | undefined {
  return page.next || undefined;
}

/// Rows of all pages in order, each id once: a row that moved while paging is not shown twice.
export function flatten<T>(pages: { data: T[] }[], idOf: (row: T) => string | number): T[] {
  const seen = new Set<string | number>();
  return pages.flatMap((page) => page.data).filter((row) => !seen.has(idOf(row)) && !!seen.add(idOf(row)));
}

export function useList<P extends ListPaths>(
  path: P,
  options: Pick<CallOptions<P, "get">, "path" | "query">,
  idOf: (row: RowOf<P>) => string | number,
  { cursor = "after", ...extra }: { enabled?: boolean; refetchInterval?: number; cursor?: "after" | "cursor" } = {},
) {
  const found = useInfiniteQuery({
    queryKey: [path, options.path ?? null, options.query ?? null],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...(options.query as object), ...(pageParam ? { [cursor]: pageParam } : {}) };
      const page = await api.get(path, { path: options.path, query: query as never, signal });
      return page.data as unknown as PageShape<RowOf<P>>;
    },
    getNextPageParam: nextCursor,
    ...extra,
  });
  const pages = found.data?.pages;
  const rows = useMemo(() => (pages ? flatten(pages, idOf) : undefined), [pages]);
  return {
    data: rows,
    asOf: pages?.[0]?.as_of,
    error: found.error as Problem | null,
    isPending: found.isPending,
    isFetching: found.isFetching,
    more: found.hasNextPage,
    fetchMore: () => {
      if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
    },
    fetchingMore: found.isFetchingNextPage,
    refetch: found.refetch,
  };
}
