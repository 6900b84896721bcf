/// What a visitor will see of a page, as it is edited. Nothing in it leads anywhere.
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { leftUntil } from "./blocks";
import type { Block, PageSpec } from "./door";

export function PagePhone({ spec, at, onPick }: { spec: PageSpec; at?: number; onPick?: (at: number) => void }) {
  const { t } = useText();
  return (
    <figure className="phone" aria-label={t("code.preview")}>
      <div className="phone-bar"><span>9:41</span><b>{spec.title || t("page.untitled")}</b><span aria-hidden="true">•••</span></div>
      <div className="phone-sheet">
        <b className="phone-h1">{spec.title || t("page.untitled")}</b>
        {spec.blocks.map((block, i) => (
          <div key={block.key} className="phone-block" data-on={i === at} onClick={() => onPick?.(i)}><Shown block={block} /></div>
        ))}
        {spec.blocks.length === 0 && <p className="phone-none">{t("page.empty")}</p>}
      </div>
    </figure>
  );
}

function Picture({ src, alt }: { src: string; alt: string }) {
  return /^(https?:\/\/|\/)/.test(src) ? <img src={src} alt={alt} /> : <span className="phone-no-picture"><Icon name="eye" size={22} /></span>;
}

function Shown({ block }: { block: Block }) {
  const { t, tr, money } = useText();
  const title = block.title && <b>{block.title}</b>, text = block.text && <p>{block.text}</p>;
  const button = (label: string) => <span className="phone-button">{label}</span>;
  switch (block.kind) {
    case "text": return <>{title}{text || (!block.title && <p className="phone-none">{tr("page.block.", block.kind)}</p>)}</>;
    case "image": return <Picture src={block.image} alt={block.alt} />;
    case "button": return <>{text}{button(block.label || t("page.block.button"))}</>;
    case "video": return <><span className="phone-video"><Picture src={block.image} alt="" /><i aria-hidden="true">▶</i></span>{title}</>;
    case "code": return <>{title}{text}<span className="phone-no-picture"><Icon name="qr" size={64} /></span>{button(block.label || t("page.add"))}</>;
    case "form": return <>{title}{text}{button(block.label || t("page.fill"))}</>;
    case "product": return <><Picture src={block.image} alt={block.alt} />{title}{text}<span className="phone-price">{money(block.price_fen)}{block.was_fen > block.price_fen && <s>{money(block.was_fen)}</s>}</span>{block.url && button(block.label || t("page.buy"))}</>;
    case "countdown": {
      const left = block.until ? leftUntil(block.until, Date.now()) : undefined;
      return <>{title}<span className="phone-clock">{!block.until ? "–" : left ? t("page.left", left) : block.after || t("page.over")}</span>{text}</>;
    }
  }
}
