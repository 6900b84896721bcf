/// What the server last said, kept by route. A refusal is not asked again; a hiccup is, twice.
import { QueryClient, useMutation, useQuery, useQueryClient, type UseQueryOptions } from "@tanstack/react-query";
import { App } from "antd";
import { useEffect, useRef } from "react";
import { api, newKey, Problem, type CallOptions, type PathsWith, type ReplyOf } from "@shared/client";
import { useText } from "@/i18n/use";
import type { paths } from "@shared/api";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (times, error) => times < 2 && error instanceof Problem && error.retryable,
      retryDelay: (times) => 400 * 2 ** times,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

type GetOptions<P extends PathsWith<"get">> = Pick<CallOptions<P, "get">, "path" | "query">;
type Extra<T> = Omit<UseQueryOptions<T, Problem>, "queryKey" | "queryFn">;

export function keyOf<P extends PathsWith<"get">>(path: P, options: GetOptions<P> = {}) {
  return [path, options.path ?? null, options.query ?? null] as const;
}

/// Asks for `paths` again whenever `mark` is another one than before: lists that hang on a thing whose state has moved.
export function useMoved(mark: string, paths: readonly string[]) {
  const before = useRef(mark);
  useEffect(() => {
    if (before.current === mark) return;
    before.current = mark;
    for (const path of paths) void queries.invalidateQueries({ queryKey: [path] });
  }, [mark, paths]);
}

/// One GET route as a query.
export function useGet<P extends PathsWith<"get">>(path: P, options: GetOptions<P> = {}, extra?: Extra<ReplyOf<P, "get">>) {
  return useQuery<ReplyOf<P, "get">, Problem>({
    queryKey: keyOf(path, options),
    queryFn: async ({ signal }) => (await api.get(path, { ...options, signal })).data,
    ...extra,
  });
}

/// A mutation: one key for all its repeats, lists that change are asked again, a refusal is said aloud.
export function useAct<Input, Output>(
  act: (input: Input, key: string) => Promise<Output>,
  options: { touches?: (keyof paths)[]; done?: (output: Output, input: Input) => void; quiet?: boolean } = {},
) {
  const { message } = App.useApp();
  const { t } = useText();
  const client = useQueryClient();
  return useMutation<Output, Problem, Input>({
    mutationFn: (input) => act(input, newKey()),
    onSuccess: async (output, input) => {
      options.done?.(output, input);
      await Promise.all((options.touches ?? []).map((path) => client.invalidateQueries({ queryKey: [path] })));
    },
    onError: (problem) => {
      if (!options.quiet) void message.error(problem.status === 0 ? t("state.offline") : sayProblem(problem));
    },
  });
}

/// One line for a refusal: what, then why.
export function sayProblem(problem: Problem): string {
  const why = problem.detail || problem.errors[0]?.detail;
  return why ? `${problem.title}: ${why}` : problem.title;
}
