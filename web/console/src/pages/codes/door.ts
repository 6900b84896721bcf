/// What the server says of live codes: lists, one code, names for pickers, saving.
import { useMemo } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct, useGet } from "@/app/queries";
import type { Spec } from "./spec";

export type CodeRow = ReplyOf<"/v1/codes", "get">["data"][number];
export type Code = Omit<ReplyOf<"/v1/codes/{code}", "get">, "spec"> & { spec: Spec };
export type Stats = ReplyOf<"/v1/codes/{code}/stats", "get">;
export type Sums = Stats["funnel"];
export type Load = ReplyOf<"/v1/code-load", "get">;
export type Alarm = ReplyOf<"/v1/code-alarms", "get">["data"][number];

/// Queries that a changed code makes old.
export const TOUCHED = ["/v1/codes", "/v1/codes/{code}", "/v1/codes/{code}/stats", "/v1/code-alarms", "/v1/code-load"] as const;

export const useCode = (id: string | undefined) => {
  const query = useGet("/v1/codes/{code}", { path: { code: id ?? "" } }, { enabled: !!id });
  return { ...query, data: query.data as Code | undefined };
};

/// Folders and channels in use, and tags that exist.
export function useNames() {
  const codes = useList("/v1/codes", { query: { limit: 200 } }, (row) => row.id);
  const tags = useGet("/v1/tags");
  return useMemo(() => {
    const of = (field: "folder" | "channel") => [...new Set((codes.data ?? []).map((row) => row[field]).filter(Boolean))].sort();
    return { folders: of("folder"), channels: of("channel"), tags: (tags.data?.data ?? []).map((tag) => tag.name) };
  }, [codes.data, tags.data]);
}

/// The picture of a code as the server draws it.
export const qrOf = (id: string, format: "svg" | "png" = "svg", size?: number) => `/v1/codes/${id}/qr?format=${format}${size ? `&size=${size}` : ""}`;

/// Makes a code, or changes the one given as it was seen; its id.
export function useSave(code: Code | undefined) {
  return useAct(async (spec: Spec, key: string) => {
    const done = code ? await api.put("/v1/codes/{code}", { path: { code: code.id }, body: { spec } as never, version: code.ver, key }) : await api.post("/v1/codes", { body: { spec } as never, key });
    return done.data.id;
  }, { touches: [...TOUCHED], quiet: true });
}
