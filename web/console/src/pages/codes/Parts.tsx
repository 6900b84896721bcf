/// What a message carries besides its words: links, cards, and pictures, films and files from here.
import { Button, Input, Select } from "antd";
import { useGet } from "@/app/queries";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { ACCEPTS, useKeepMedia, type MediaKind } from "@/parts/media";
import { FileButton } from "@/parts/upload";
import { emptyPart, PARTS, type Part, type PartKind } from "./spec";

const PARTS_MAX = 9;

/// `kinds`: those that may be added. `cover`: a link has a picture from here, not by address.
export function Parts({ parts, onParts, kinds = PARTS, cover = false }: { parts: Part[]; onParts: (parts: Part[]) => void; kinds?: readonly PartKind[]; cover?: boolean }) {
  const { t, tr } = useText();
  const put = (at: number, change: Partial<Part>) => onParts(parts.map((part, i) => (i === at ? { ...part, ...change } : part)));
  return (
    <>
      {parts.map((part, at) => <PartRow key={at} part={part} cover={cover} put={(change) => put(at, change)} drop={() => onParts(parts.filter((_, i) => i !== at))} />)}
      {parts.length < PARTS_MAX && (
        <Select<PartKind> className="code-add-part" value={null as never} placeholder={t("code.part.add", { left: PARTS_MAX - parts.length })} aria-label={t("code.part.add", { left: PARTS_MAX - parts.length })}
          onChange={(kind) => onParts([...parts, emptyPart(kind)])} options={kinds.map((kind) => ({ value: kind, label: tr("code.part.", kind) }))} />
      )}
    </>
  );
}

/// Which texts a part of a kind has, and what it is made of.
const fieldsOf: Record<PartKind, (keyof Part)[]> = {
  link: ["title", "desc", "url", "picture"],
  image: [],
  miniprogram: ["title", "appid", "page"],
  video: [],
  file: [],
};
const mediaOf: Record<PartKind, MediaKind | undefined> = { link: undefined, image: "image", miniprogram: "image", video: "video", file: "file" };

function PartRow({ part, put, drop, cover }: { part: Part; put: (change: Partial<Part>) => void; drop: () => void; cover: boolean }) {
  const { t, tr } = useText();
  const covered = cover && part.kind === "link";
  const kind = covered ? "image" : mediaOf[part.kind];
  const fields = covered ? (["title", "url"] as const) : fieldsOf[part.kind];
  return (
    <div className="code-part" role="group" aria-label={tr("code.part.", part.kind)}>
      <span className="chip plain">{tr("code.part.", part.kind)}</span>
      {fields.map((field) => <Input key={field} size="small" value={part[field]} placeholder={tr("code.part.field.", field)} aria-label={tr("code.part.field.", field)} onChange={(event) => put({ [field]: event.target.value })} />)}
      {kind && <MediaField kind={kind} value={part.media} onChange={(media, title) => put({ media, picture: "", ...(part.kind === "video" || part.kind === "file" ? { title } : {}) })} />}
      {part.kind === "image" && !cover && !part.media && <Input size="small" value={part.picture} placeholder={t("code.part.field.picture")} aria-label={t("code.part.field.picture")} onChange={(event) => put({ picture: event.target.value })} />}
      <Button type="text" size="small" icon={<Icon name="close" size={15} />} aria-label={t("do.delete")} onClick={drop} />
    </div>
  );
}

/// One of what is here already, or a fresh one.
function MediaField({ kind, value, onChange }: { kind: MediaKind; value: string; onChange: (media: string, name: string) => void }) {
  const { t, tr } = useText();
  const { may, busy, keep } = useKeepMedia(kind);
  const list = useGet("/v1/media", { query: { kind, limit: 50 } });
  const take = async ([file]: File[]) => {
    const kept = await keep(file!);
    if (kept) onChange(kept.id, kept.name);
  };
  return (
    <span className="code-media">
      {value && kind === "image" && <img src={`/v1/media/${value}`} alt="" width={32} height={32} />}
      <Select size="small" allowClear value={value || undefined} loading={list.isPending} placeholder={tr("code.media.pick.", kind)} aria-label={tr("code.media.pick.", kind)} showSearch={{ optionFilterProp: "label" }}
        onChange={(id?: string) => onChange(id ?? "", list.data?.data.find((one) => one.id === id)?.name ?? "")} options={(list.data?.data ?? []).map((one) => ({ value: one.id, label: one.name }))} />
      {may && <FileButton size="small" label={t("code.media.upload")} accept={ACCEPTS[kind]} busy={busy} onFiles={(files) => void take(files)} />}
    </span>
  );
}
