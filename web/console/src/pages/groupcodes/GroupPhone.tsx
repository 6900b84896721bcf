/// What a customer will see behind the poster: the group's code, or what answers when every group is full.
import { useText } from "@/i18n/use";
import { QR } from "../codes/Phone";
import type { Spec } from "./spec";

export type View = "group" | "member" | "full";

export function GroupPhone({ spec, view }: { spec: Spec; view: View }) {
  const { t } = useText();
  const first = spec.entries.find((entry) => entry.on);
  const title = spec.title || spec.name || t("group.preview.name");
  return (
    <figure className="phone" aria-label={t("group.preview")}>
      <div className="phone-bar"><span>9:41</span><b>{title}</b><span aria-hidden="true">•••</span></div>
      <div className="phone-page">
        <b>{title}</b>
        {view === "group" && (
          <>
            <span>{first?.name || first?.room_base_name || t("group.preview.group")}</span>
            <svg className="phone-qr" viewBox="0 0 29 29" role="img" aria-label={t("group.preview.qr")}><path d={QR} /></svg>
            <small>{spec.guide || t("group.preview.guide")}</small>
          </>
        )}
        {view === "member" && <span>{spec.rejoin_text || t("group.preview.member")}</span>}
        {view === "full" && (
          <>
            <span>{spec.fallback.code ? t("group.preview.code") : spec.fallback.text || t("group.preview.full")}</span>
            {spec.fallback.phone && <small>{spec.fallback.phone}</small>}
          </>
        )}
      </div>
    </figure>
  );
}
