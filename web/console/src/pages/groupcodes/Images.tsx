/// Pictures of groups' codes, which the platform lets live for seven days: uploaded again before they end.
import { Button, Popconfirm } from "antd";
import { api } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { ACCEPTS } from "@/parts/media";
import { Card } from "@/parts/Page";
import { Loaded, Nothing } from "@/parts/States";
import { FileButton, useUpload } from "@/parts/upload";
import { imageOf, TOUCHED, type GroupCode, type Image } from "./door";

export function Images({ code }: { code: GroupCode }) {
  const { t } = useText();
  const may = useMay()("code.write") && code.state !== "deleted";
  const query = useGet("/v1/group-codes/{code}/images", { path: { code: code.id } }, { refetchInterval: 60_000 });
  return (
    <Card title={t("group.images")} note={t("group.images.note")} actions={may && <Send code={code.id} label={t("group.image.add")} />}>
      <Loaded query={query} lines={4}>
        {({ data }) => (data.length === 0 ? <Nothing title={t("group.images.none")} text={t("group.images.none.text")} />
          : <ul className="group-images">{data.map((image) => <Line key={image.id} code={code.id} image={image} may={may} />)}</ul>)}
      </Loaded>
    </Card>
  );
}

function Line({ code, image, may }: { code: string; image: Image; may: boolean }) {
  const { t, dateTime } = useText();
  const drop = useAct(() => api.delete("/v1/group-codes/{code}/images/{image}", { path: { code, image: image.id } }), { touches: [...TOUCHED] });
  const tone = image.expired ? "bad" : image.ends_soon ? "gold" : "good";
  return (
    <li>
      <img src={imageOf(code, image.id)} alt={image.name || t("group.kind.image")} width={96} height={96} />
      <span className="code-name"><b>{image.name || t("group.kind.image")}</b><small>{t("group.image.sent", { at: dateTime(image.uploaded_at) })}</small>
        <span className={`chip ${tone}`}>{t(image.expired ? "group.image.expired" : image.ends_soon ? "group.image.soon" : "group.image.until", { day: dateTime(image.expires_at) })}</span></span>
      {may && <span className="row"><Send code={code} instead={image.id} label={t("group.image.again")} />
        <Popconfirm title={t("group.image.delete")} okText={t("do.delete")} onConfirm={() => drop.mutate(undefined)}><Button size="small" danger loading={drop.isPending}>{t("do.delete")}</Button></Popconfirm></span>}
    </li>
  );
}

/// Chooses a file and sends it as it is; the same choice sent twice is kept once.
function Send({ code, instead, label }: { code: string; instead?: string; label: string }) {
  const { busy, send } = useUpload(TOUCHED);
  const put = ([file]: File[]) => send(`/v1/group-codes/${code}/images?${new URLSearchParams(instead ? { instead } : { name: file!.name.replace(/\.[^.]*$/, "").slice(0, 60) })}`, file!, file!.type || undefined);
  return <FileButton size="small" label={label} accept={ACCEPTS.image} busy={busy} onFiles={(files) => void put(files)} />;
}
