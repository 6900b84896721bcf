/// Names of staff and units, for pickers and for what was picked.
import { useMemo } from "react";
import { useList } from "@/app/lists";

export interface Who { value: string; label: string; place: string; active: boolean }

export function useWho() {
  const units = useList("/v1/units", { query: { limit: 200 } }, (row) => row.id);
  const staff = useList("/v1/staff", { query: { limit: 200 } }, (row) => row.id);
  // Pickers hold everybody: pages are fetched until there is no more.
  if (units.more && !units.fetchingMore) units.fetchMore();
  if (staff.more && !staff.fetchingMore) staff.fetchMore();
  return useMemo(() => {
    const places = new Map((units.data ?? []).map((unit) => [unit.id, unit.name]));
    const people: Who[] = (staff.data ?? []).map((one) => ({ value: one.id, label: one.name, place: places.get(one.unit_id ?? "") ?? "", active: one.state === "active" }));
    const rooms = (units.data ?? []).map((unit) => ({ value: unit.id, label: unit.name, kind: unit.kind, staff: unit.staff }));
    const names = new Map<string, string>([...people.map((one) => [one.value, one.label] as const), ...rooms.map((one) => [one.value, one.label] as const)]);
    return { people, units: rooms, stores: rooms.filter((unit) => unit.kind === "store"), nameOf: (id: string | null | undefined) => (id ? names.get(id) ?? id : "–"), ready: !!staff.data && !!units.data };
  }, [units.data, staff.data]);
}
export type WhoIsWho = ReturnType<typeof useWho>;
