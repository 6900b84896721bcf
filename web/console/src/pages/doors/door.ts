/// What the server says of links, pages and forms: one of each, saving, names for pickers.
import { useMemo } from "react";
import dayjs from "dayjs";
import { api, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct, useGet } from "@/app/queries";

export type Link = ReplyOf<"/v1/links/{link}", "get">;
export type LinkSpec = Link["spec"];
export type Target = LinkSpec["targets"][number];
export type LinkStats = ReplyOf<"/v1/links/{link}/stats", "get">;
export type Landing = ReplyOf<"/v1/pages/{page}", "get">;
export type PageSpec = Landing["spec"];
export type Block = PageSpec["blocks"][number];
export type PageStats = ReplyOf<"/v1/pages/{page}/stats", "get">;
export type Form = ReplyOf<"/v1/forms/{form}", "get">;
export type FormSpec = Form["spec"];
export type Question = FormSpec["questions"][number];
export type Option = Question["options"][number];
export type Band = FormSpec["bands"][number];
export type FormStats = ReplyOf<"/v1/forms/{form}/stats", "get">;
export type Answer = ReplyOf<"/v1/forms/{form}/answers", "get">["data"][number];

export const STATES = ["active", "paused", "deleted"] as const;
/// Queries that a changed one makes old.
export const LINKS = ["/v1/links", "/v1/links/{link}", "/v1/links/{link}/stats"] as const;
export const PAGES = ["/v1/pages", "/v1/pages/{page}", "/v1/pages/{page}/versions", "/v1/pages/{page}/stats"] as const;
export const FORMS = ["/v1/forms", "/v1/forms/{form}", "/v1/forms/{form}/stats"] as const;

export const useLink = (id: string) => useGet("/v1/links/{link}", { path: { link: id } });
export const useLanding = (id: string | undefined) => useGet("/v1/pages/{page}", { path: { page: id ?? "" } }, { enabled: !!id });
export const useForm = (id: string | undefined) => useGet("/v1/forms/{form}", { path: { form: id ?? "" } }, { enabled: !!id });

interface Saved { slug?: string }
export const useSaveLink = (link: Link | undefined) =>
  useAct(async ({ spec, slug }: { spec: LinkSpec } & Saved, key: string) => (link ? await api.put("/v1/links/{link}", { path: { link: link.id }, body: { spec } as never, version: link.ver, key })
    : await api.post("/v1/links", { body: { spec, ...(slug && { slug }) } as never, key })).data, { touches: [...LINKS], quiet: true });
export const useSavePage = (page: Landing | undefined) =>
  useAct(async ({ spec, slug }: { spec: PageSpec } & Saved, key: string) => (page ? await api.put("/v1/pages/{page}", { path: { page: page.id }, body: { spec } as never, version: page.ver, key })
    : await api.post("/v1/pages", { body: { spec, ...(slug && { slug }) } as never, key })).data, { touches: [...PAGES], quiet: true });
export const useSaveForm = (form: Form | undefined) =>
  useAct(async ({ spec, slug }: { spec: FormSpec } & Saved, key: string) => (form ? await api.put("/v1/forms/{form}", { path: { form: form.id }, body: { spec } as never, version: form.ver, key })
    : await api.post("/v1/forms", { body: { spec, ...(slug && { slug }) } as never, key })).data, { touches: [...FORMS], quiet: true });

export interface Choice { value: string; label: string }
/// What a link or a page can lead to inside the house, by short address.
export function useDoors() {
  const codes = useList("/v1/codes", { query: { limit: 200 } }, (row) => row.id, { cursor: "cursor" });
  const pages = useList("/v1/pages", { query: { limit: 200 } }, (row) => row.id, { cursor: "cursor" });
  const forms = useList("/v1/forms", { query: { limit: 200 } }, (row) => row.id, { cursor: "cursor" });
  return useMemo(() => ({
    code: (codes.data ?? []).map((row): Choice => ({ value: row.slug, label: row.name })),
    page: (pages.data ?? []).map((row): Choice => ({ value: row.slug, label: row.spec.name })),
    form: (forms.data ?? []).map((row): Choice => ({ value: row.slug, label: row.spec.name })),
  }), [codes.data, pages.data, forms.data]);
}
export type Doors = ReturnType<typeof useDoors>;

export const toYuan = (fen: number) => (fen ? fen / 100 : null);
export const toFen = (value: number | null) => Math.round((value ?? 0) * 100);
/// A moment as a picker holds it, and back.
export const toPicker = (at: string | null) => (at ? dayjs(at) : null);
export const fromPicker = (at: unknown): string | null => (dayjs.isDayjs(at) ? at.toISOString() : null);

/// A list with one of its lines moved up or down.
export function moved<T>(list: T[], at: number, by: number): T[] {
  const to = at + by;
  if (to < 0 || to >= list.length) return list;
  const next = [...list];
  [next[at], next[to]] = [next[to]!, next[at]!];
  return next;
}
/// A list with one of its lines changed.
export const changed = <T extends object>(list: T[], at: number, change: Partial<T>): T[] => list.map((one, i) => (i === at ? { ...one, ...change } : one));
/// The first key of this letter that nobody has.
export function freeKey(letter: string, taken: { key: string }[]): string {
  for (let n = 1; ; n++) if (!taken.some((one) => one.key === `${letter}${n}`)) return `${letter}${n}`;
}
