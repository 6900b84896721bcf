/// Orders and people carry a store's code; colleagues know its name.
import { useMemo } from "react";
import { useList } from "./lists";
import { useMay } from "./session";

export function useStores(enabled = true) {
  const may = useMay()("org.read");
  const units = useList("/v1/units", { query: { limit: 200 } }, (row) => row.id, { enabled: may && enabled });
  return useMemo(() => {
    const stores = (units.data ?? []).filter((unit) => unit.kind === "store" && unit.code);
    const names = new Map(stores.map((unit) => [unit.code, unit.name]));
    return {
      options: stores.map((unit) => ({ value: unit.code, label: `${unit.name} · ${unit.code}` })),
      nameOf: (code: string | null | undefined) => (code ? names.get(code) ?? code : "–"),
    };
  }, [units.data]);
}
