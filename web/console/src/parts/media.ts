/// Keeping a picture, film or file of the browser's.
import { App } from "antd";
import { useState } from "react";
import { newKey, upload } from "@shared/client";
import { queries, sayProblem } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { asProblem } from "./States";

export type MediaKind = "image" | "video" | "file";
export const ACCEPTS: Record<MediaKind, string> = { image: "image/png,image/jpeg", video: "video/mp4", file: "" };

/// `keep` says what went wrong itself, and then returns nothing. Needs the texts of codes.
export function useKeepMedia(kind: MediaKind) {
  const { t, tr } = useText();
  const { message } = App.useApp();
  const may = useMay()("media.write");
  const [busy, setBusy] = useState(false);
  const keep = async (file: File) => {
    setBusy(true);
    try {
      const kept = await upload(`/v1/media?${new URLSearchParams({ name: file.name })}`, file, { "content-type": "application/octet-stream", "idempotency-key": newKey() }, () => {}) as { id: string; kind: MediaKind; name: string };
      await queries.invalidateQueries({ queryKey: ["/v1/media"] });
      if (kept.kind === kind) return kept;
      void message.error(t("code.media.other", { kind: tr("code.part.", kind), name: kept.name }));
    } catch (error) {
      void message.error(sayProblem(asProblem(error)));
    } finally {
      setBusy(false);
    }
    return undefined;
  };
  return { may, busy, keep };
}
