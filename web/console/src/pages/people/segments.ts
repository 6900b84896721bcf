import { useMemo } from "react";
import { useList } from "@/app/lists";
import { useMay } from "@/app/session";

/// Live and fixed segments, for choosing one; the others keep nobody.
export function useKeptSegments(enabled: boolean): { value: string; label: string }[] {
  const may = useMay()("segment.read");
  const segments = useList("/v1/segments", { query: { limit: 200 } }, (row) => row.id, { enabled: may && enabled });
  return useMemo(() => (segments.data ?? []).filter((one) => one.mode !== "asked").map((one) => ({ value: one.id, label: one.name })), [segments.data]);
}
