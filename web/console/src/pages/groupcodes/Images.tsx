/// Pictures of groups' codes, which the platform lets live for seven days: uploaded again before they end.
import { App, Button, Popconfirm } from "antd";
import { useRef, useState } from "react";
import { api, newKey, upload } from "@shared/client";
import { queries, sayProblem, useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { asProblem, Loaded, Nothing } from "@/parts/States";
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
  const { message } = App.useApp();
  const field = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const send = async (file: File) => {
    setBusy(true);
    const more = new URLSearchParams(instead ? { instead } : { name: file.name.replace(/\.[^.]*$/, "").slice(0, 60) });
    try {
      await upload(`/v1/group-codes/${code}/images?${more}`, file, { "content-type": file.type || "application/octet-stream", "idempotency-key": newKey() }, () => {});
      await Promise.all(TOUCHED.map((path) => queries.invalidateQueries({ queryKey: [path] })));
    } catch (error) {
      void message.error(sayProblem(asProblem(error)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <input ref={field} type="file" accept="image/png,image/jpeg" hidden onChange={(event) => { const file = event.target.files?.[0]; event.target.value = ""; if (file) void send(file); }} />
      <Button size="small" icon={<Icon name="upload" size={14} />} loading={busy} onClick={() => field.current?.click()}>{label}</Button>
    </>
  );
}
