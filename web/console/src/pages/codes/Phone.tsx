/// What a customer will see: the page behind the code, then the chat with its welcome.
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { filled, type Part, type Spec } from "./spec";

const partIcon = { link: "link", image: "eye", miniprogram: "grid", video: "bolt", file: "audit" } as const;

export function Phone({ spec, guide, store, slot, view }: { spec: Spec; guide: string; store: string; slot?: number; view: "page" | "chat" }) {
  const { t } = useText();
  const said = slot === undefined ? spec.welcome : (spec.welcome.slots[slot] ?? spec.welcome);
  const words = { nick: t("code.preview.nick"), guide, store };
  return (
    <figure className="phone" aria-label={t("code.preview")}>
      <div className="phone-bar"><span>9:41</span><b>{view === "page" ? t("code.preview.page") : guide}</b><span aria-hidden="true">•••</span></div>
      {view === "page" ? (
        <div className="phone-page">
          <b>{spec.name || t("code.preview.name")}</b>
          <span className="phone-guide"><i aria-hidden="true">{guide.slice(0, 1)}</i><span>{guide}<small>{store}</small></span></span>
          <svg className="phone-qr" viewBox="0 0 29 29" role="img" aria-label={t("code.preview.qr")}><path d={QR} /></svg>
          <small>{t("code.preview.hint")}</small>
        </div>
      ) : (
        <div className="phone-chat">
          <small>{t("code.preview.added", { guide })}</small>
          {said.text ? <p>{filled(said.text, words)}</p> : !said.parts.length && <p className="phone-none">{t("code.preview.silent")}</p>}
          {said.parts.map((part, at) => <PartCard key={at} part={part} />)}
        </div>
      )}
    </figure>
  );
}

/// A chat with one message in it.
export function ChatPhone({ text, parts, title }: { text: string; parts: Part[]; title: string }) {
  const { t } = useText();
  return (
    <figure className="phone" aria-label={t("code.preview")}>
      <div className="phone-bar"><span>9:41</span><b>{title}</b><span aria-hidden="true">•••</span></div>
      <div className="phone-chat">
        {text && <p>{text}</p>}
        {parts.map((part, at) => <PartCard key={at} part={part} />)}
      </div>
    </figure>
  );
}

function PartCard({ part }: { part: Part }) {
  const { tr } = useText();
  if (part.kind === "image" && part.media) return <img className="phone-picture" src={`/v1/media/${part.media}`} alt={tr("code.part.", part.kind)} />;
  return (
    <div className="phone-part">
      <span><b>{part.title || tr("code.part.", part.kind)}</b>{part.desc && <small>{part.desc}</small>}</span>
      <i aria-hidden="true"><Icon name={partIcon[part.kind]} size={20} /></i>
    </div>
  );
}

/// A picture of a code, not a code: nobody should scan the preview.
export const QR = (() => {
  const eye = (x: number, y: number) => `M${x} ${y}h7v7h-7zm1 1v5h5v-5zm1 1h3v3h-3z`;
  let dots = "";
  for (let y = 0; y < 29; y++) for (let x = 0; x < 29; x++) {
    const corner = (x < 8 && y < 8) || (x > 20 && y < 8) || (x < 8 && y > 20);
    if (!corner && ((x * 7 + y * 13 + x * y) % 5 < 2)) dots += `M${x} ${y}h1v1h-1z`;
  }
  return `${eye(0, 0)}${eye(22, 0)}${eye(0, 22)}${dots}`;
})();
