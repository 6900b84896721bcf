/// What the server says of group codes: lists, one code, groups for pickers, saving.
import { api, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import type { Spec } from "./spec";

export type GroupRow = ReplyOf<"/v1/group-codes", "get">["data"][number];
export type GroupCode = Omit<ReplyOf<"/v1/group-codes/{code}", "get">, "spec"> & { spec: Spec };
export type Stats = ReplyOf<"/v1/group-codes/{code}/stats", "get">;
export type Image = ReplyOf<"/v1/group-codes/{code}/images", "get">["data"][number];

/// Queries that a changed group code makes old.
export const TOUCHED = ["/v1/group-codes", "/v1/group-codes/{code}", "/v1/group-codes/{code}/images", "/v1/group-codes/{code}/stats", "/v1/group-codes/{code}/alarms"] as const;

export const useGroupCode = (id: string | undefined) => {
  const query = useGet("/v1/group-codes/{code}", { path: { code: id ?? "" } }, { enabled: !!id });
  return { ...query, data: query.data as GroupCode | undefined };
};

/// The poster's picture as the server draws it.
export const qrOf = (id: string, format: "svg" | "png" = "svg", size?: number) => `/v1/group-codes/${id}/qr?format=${format}${size ? `&size=${size}` : ""}`;
export const imageOf = (code: string, image: string) => `/v1/group-codes/${code}/images/${image}`;

/// Makes a group code, or changes the one given as it was seen; its id.
export function useSave(code: GroupCode | undefined) {
  return useAct(async (spec: Spec, key: string) => {
    const done = code ? await api.put("/v1/group-codes/{code}", { path: { code: code.id }, body: { spec } as never, version: code.ver, key }) : await api.post("/v1/group-codes", { body: { spec } as never, key });
    return done.data.id;
  }, { touches: [...TOUCHED], quiet: true });
}
