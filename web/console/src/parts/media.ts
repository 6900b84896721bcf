/// Keeping a picture, film or file of the browser's.
import { App } from "antd";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { useUpload } from "./upload";

export type MediaKind = "image" | "video" | "file";
export const ACCEPTS: Record<MediaKind, string> = { image: "image/png,image/jpeg", video: "video/mp4", file: "" };
const TOUCHES = ["/v1/media"] as const;

/// `keep` says what went wrong itself, and then returns nothing. Needs the texts of codes.
export function useKeepMedia(kind: MediaKind) {
  const { t, tr } = useText();
  const { message } = App.useApp();
  const may = useMay()("media.write");
  const { busy, send } = useUpload(TOUCHES);
  const keep = async (file: File) => {
    const kept = await send(`/v1/media?${new URLSearchParams({ name: file.name })}`, file) as { id: string; kind: MediaKind; name: string } | undefined;
    if (!kept || kept.kind === kind) return kept;
    void message.error(t("code.media.other", { kind: tr("code.part.", kind), name: kept.name }));
    return undefined;
  };
  return { may, busy, keep };
}
