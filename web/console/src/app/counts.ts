import { useGet } from "./queries";
import { useMay } from "./session";

/// Small numbers beside rail entries: what waits for somebody.
export function useCounts(): Record<string, number> {
  const may = useMay();
  const cases = useGet("/v1/merge-cases", { query: { state: "open", limit: 100 } as never }, { enabled: may("person.merge"), staleTime: 60_000 });
  return { "/identity": cases.data?.data.length ?? 0 };
}
