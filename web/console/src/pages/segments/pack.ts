/// The pack of all segments: the one answer that is plain text.
import { useQuery } from "@tanstack/react-query";
import { headersFor, problemOf, type Problem } from "@shared/client";

export function usePack() {
  return useQuery<string, Problem>({
    queryKey: ["/v1/segments/export"],
    staleTime: 0,
    queryFn: async ({ signal }) => {
      const answer = await fetch("/v1/segments/export", { headers: headersFor("GET"), signal });
      if (!answer.ok) throw await problemOf(answer);
      return answer.text();
    },
  });
}
