/// A question put to the server, and the people behind a part of its answer.
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, Problem, type BodyOf, type ReplyOf } from "@shared/client";
import { flatten } from "@/app/lists";
import { sayProblem } from "./refusals";
import { IDS_A_PAGE } from "@/app/people";
import { useText } from "@/i18n/use";
import type { Clock } from "./stretch";

export type Question = "/v1/queries/funnel" | "/v1/queries/retention" | "/v1/queries/paths" | "/v1/queries/activity" | "/v1/queries/attribution" | "/v1/queries/rfm";
export type Peopled = Question;
type PickOf<P extends Peopled> = BodyOf<`${P}/people`, "post"> extends { people: infer T } ? T : never;

/// The last answer stays on screen while the next one is made.
export function useAsk<P extends Question>(path: P, body: BodyOf<P, "post">, enabled = true) {
  return useQuery<ReplyOf<P, "post">, Problem>({
    queryKey: [path, body],
    queryFn: async ({ signal }) => (await api.post(path, { body, signal })).data,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    enabled,
  });
}

export function useBehind<P extends Peopled>(path: P, query: BodyOf<P, "post">, people: PickOf<P> | undefined) {
  const found = useInfiniteQuery({
    queryKey: [`${path}/people`, query, people],
    enabled: people !== undefined,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const body = { query, people, limit: IDS_A_PAGE, after: pageParam } as never;
      return (await api.post(`${path}/people`, { body, signal })).data as unknown as ReplyOf<"/v1/queries/funnel/people", "post">;
    },
    getNextPageParam: (page) => page.next || undefined,
  });
  const pages = found.data?.pages;
  const rows = useMemo(() => (pages ? flatten(pages, (row) => row.person_id) : undefined), [pages]);
  return {
    data: rows,
    total: pages?.[0]?.total,
    error: found.error as Problem | null,
    more: found.hasNextPage,
    fetchMore: () => void found.fetchNextPage(),
    fetchingMore: found.isFetchingNextPage,
    refetch: found.refetch,
    /// Everybody behind it, up to `most`: what becomes a list of its own.
    everybody: (most: number) => everybodyBehind(path, query, people, most),
  };
}

const IDS_AT_ONCE = 5_000; // as many as the server gives

async function everybodyBehind<P extends Peopled>(path: P, query: BodyOf<P, "post">, people: PickOf<P> | undefined, most: number): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const body = { query, people, limit: IDS_AT_ONCE, after } as never;
    const page = (await api.post(`${path}/people`, { body })).data as unknown as ReplyOf<"/v1/queries/funnel/people", "post">;
    ids.push(...page.data.map((row) => row.person_id));
    after = page.next || undefined;
  } while (after && ids.length < most);
  return ids;
}

/// A group of an answer in the address: the one without a value is "-".
export const partParam = (value: string) => value || "-";
export const partOf = (params: { part?: string }): string | undefined => (params.part === undefined ? undefined : params.part === "-" ? "" : params.part);

/// Today, steady while the page stands: a question does not change by the minute.
export function useClock(): Clock {
  const { zone } = useText();
  return useMemo(() => ({ zone, now: Date.now() }), [zone]);
}

/// What the server said about one member of the question: "/steps/1" also when it points deeper into it.
export function complaint(error: Problem | null, pointer: string): string | undefined {
  const found = error?.errors.find((one) => one.pointer === pointer || one.pointer?.startsWith(`${pointer}:`) || one.pointer?.startsWith(`${pointer}/`));
  return found && sayProblem(error!, found.detail);
}
