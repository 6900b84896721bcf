/// What the server says about a rule: one question at a time, the last answer only.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { api, Problem, type BodyOf, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import type { Clause, FieldIs } from "./rule";
import { attributeOf, tidyWords, type Words } from "./words";

export type Check = ReplyOf<"/v1/segments/check", "post">;
export type Trouble = Check["problems"][number];
export type Preview = ReplyOf<"/v1/segments/preview", "post">;
export type Segment = ReplyOf<"/v1/segments/{segment}", "get">;
export type SegmentRow = ReplyOf<"/v1/segments", "get">["data"][number];
/// A rule in one of its two forms.
export type Asked = { rule: Clause } | { text: string };
export type What = Asked | { segment: string };

/// Queries that a saved rule makes old.
export const TOUCHED = ["/v1/segments", "/v1/segments/{segment}", "/v1/segments/vocabulary", "/v1/segments/{segment}/versions", "/v1/segments/{segment}/people", "/v1/segments/{segment}/sizes", "/v1/segments/{segment}/profile"] as const;

const LONG = 5 * 60_000;
export const useWords = () => useGet("/v1/segments/vocabulary", {}, { staleTime: LONG, select: tidyWords });

/// A value that has stood still for a moment.
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

type Question = "/v1/segments/check" | "/v1/segments/count" | "/v1/segments/preview" | "/v1/segments/entries" | "/v1/segments/overlap" | "/v1/segments/why";

/// A question that changes nothing, though it is posted: kept by its body, dropped when another is asked.
export function usePut<P extends Question>(path: P, body: unknown, enabled = true, keep = true) {
  return useQuery<ReplyOf<P, "post">, Problem>({
    queryKey: [path, body],
    queryFn: async ({ signal }) => (await api.post(path, { body: body as BodyOf<P, "post">, signal })).data,
    placeholderData: keep ? keepPreviousData : undefined,
    staleTime: 10_000,
    enabled,
  });
}

const SETTLE_MS = 250;

/// Everything the builder shows while a rule is edited. `whole`: nothing is left to fill in; `name`: what it is kept by,
/// so that a circle through itself is seen.
export function useLive(asked: Asked, whole: boolean, deep: boolean, name?: string) {
  const settled = useSettled(asked, SETTLE_MS);
  const check = usePut("/v1/segments/check", name ? { ...settled, name } : settled, whole);
  const told = check.data && !check.isPlaceholderData && whole ? check.data : undefined;
  const sound = !!told?.ok && settled === asked;
  const count = usePut("/v1/segments/count", { what: settled }, sound);
  const preview = usePut("/v1/segments/preview", { what: settled }, sound && deep);
  const waiting = settled !== asked || check.isFetching || count.isFetching;
  return {
    check: told,
    /// What was last said stays readable while the next is asked.
    sentence: check.data?.sentence,
    problems: settled === asked && told ? told.problems : [],
    sound,
    count: count.data,
    preview: deep ? preview.data : undefined,
    previewing: preview.isFetching,
    waiting: whole && waiting,
    /// The number on screen is of an earlier rule.
    stale: !sound || count.isPlaceholderData || waiting,
    stalePreview: !sound || preview.isPlaceholderData,
    error: check.error ?? count.error ?? preview.error,
    settled,
  };
}
export type Live = ReturnType<typeof useLive>;

// ---- what may be chosen --------------------------------------------------------------------------------------------

export interface Choice { value: string; label: string }

/// Places of the organisation as paths of names, "East/Shanghai".
export function usePlaces(): Choice[] {
  const may = useMay()("org.read");
  const units = useList("/v1/units", { query: { limit: 200 } }, (row) => row.id, { enabled: may });
  return useMemo(() => pathsOf(units.data ?? []).map((path) => ({ value: path, label: path })), [units.data]);
}
export function pathsOf(units: { id: string; parent_id?: string | null; name: string }[]): string[] {
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  const path = (unit: (typeof units)[number], depth = 0): string => {
    const parent = unit.parent_id && depth < 16 ? byId.get(unit.parent_id) : undefined;
    return parent ? `${path(parent, depth + 1)}/${unit.name}` : unit.name;
  };
  return units.map((unit) => path(unit)).sort((a, b) => a.localeCompare(b, "zh"));
}

/// What is sold, by its titles.
export function useProducts(enabled: boolean): Choice[] {
  const may = useMay()("product.read");
  const products = useList("/v1/products", { query: { limit: 200 } }, (row) => row.sku_id, { enabled: may && enabled });
  return useMemo(() => (products.data ?? []).map((row) => ({ value: row.sku_id, label: row.title && row.title !== row.code ? `${row.title} · ${row.code}` : row.code })), [products.data]);
}

/// Values a fact or attribute may have, where they are known.
export function useChoices(words: Words): (leaf: FieldIs) => Choice[] | undefined {
  const { tr } = useText();
  const places = usePlaces();
  const stores = useList("/v1/units", { query: { limit: 200 } }, (row) => row.id, { enabled: useMay()("org.read") });
  return useMemo(() => {
    const same = (values: string[]) => values.map((value) => ({ value, label: value }));
    const staff = words.staff.map((one) => ({ value: one.id, label: one.name || one.id }));
    const storeName = new Map((stores.data ?? []).filter((unit) => unit.code).map((unit) => [unit.code, unit.name]));
    return (leaf) => {
      const attribute = attributeOf(words, leaf.field);
      switch (leaf.field) {
        case "stage": return words.stages.map((one) => ({ value: one.name, label: tr("stage.", one.name) }));
        case "channel": return same(words.channels);
        case "store": return words.stores.map((value) => ({ value, label: storeName.get(value) ? `${storeName.get(value)} · ${value}` : value }));
        case "staff.store": return places;
        case "staff": case "friends": return staff;
        case "staff.name": return same([...new Set(words.staff.map((one) => one.name).filter(Boolean))]);
        case "tags": return leaf.op === "under" ? same([...new Set(words.tags.map((tag) => tag.group).filter(Boolean))]) : same(words.tags.map((tag) => (tag.group ? `${tag.group}/${tag.name}` : tag.name)));
        case "relation.state": return ["active", "deleted_by_customer", "deleted_by_staff", "transferred"].map((value) => ({ value, label: tr("seg.relation.", value) }));
        case "consent": return ["granted", "withdrawn"].map((value) => ({ value, label: tr("consent.", value) }));
        default: return attribute?.options.length ? same(attribute.options) : undefined;
      }
    };
  }, [words, places, stores.data, tr]);
}
