import { useNavigate, useSearch } from "@tanstack/react-router";

export type Params = Record<string, string | undefined>;

/// The page's address as texts, and a way to change some of them; what is empty leaves the address.
export function useParams(): [Record<string, string | undefined>, (change: Params, push?: boolean) => void] {
  const params = useSearch({ strict: false }) as Record<string, string | undefined>;
  const go = useNavigate();
  const change = (next: Params, push = false) =>
    void go({ to: ".", search: ((before: Params) => tidy({ ...before, ...next })) as never, replace: !push });
  return [params, change];
}

export function tidy(params: Params): Record<string, string> {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined && value !== "")) as Record<string, string>;
}
