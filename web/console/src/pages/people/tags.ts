import { useMemo } from "react";
import { useGet } from "@/app/queries";

/// All tags as options grouped the way operators know them, and names for ids.
export function useTagNames(enabled = true) {
  const tags = useGet("/v1/tags", {}, { enabled, staleTime: 60_000 });
  return useMemo(() => {
    const rows = (tags.data?.data ?? []).filter((tag) => !tag.archived_at);
    const groups = [...new Set(rows.map((tag) => tag.group))];
    return {
      options: groups.map((group) => ({
        label: group || "–",
        title: group,
        options: rows.filter((tag) => tag.group === group).map((tag) => ({ value: tag.id, label: tag.name })),
      })),
      rows,
      nameOf: (id: string) => rows.find((tag) => tag.id === id)?.name ?? id,
    };
  }, [tags.data]);
}
