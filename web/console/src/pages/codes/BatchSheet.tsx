/// One definition, a code for each store: a chain of five hundred gets its posters in one go.
import { Button, Drawer, Input, Select } from "antd";
import { useState } from "react";
import { api, newKey, type ReplyOf } from "@shared/client";
import { useAct } from "@/app/queries";
import { useText } from "@/i18n/use";
import { asProblem, Failure } from "@/parts/States";
import { Copy } from "@/parts/Copy";
import { TOUCHED } from "./door";
import { printFolderUrl } from "./print";
import { emptySpec } from "./spec";
import { useWho } from "./staff";

type Made = ReplyOf<"/v1/codes:batch", "post">["data"];
const MOST = 500;

export default function BatchSheet({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const who = useWho();
  const [name, setName] = useState("");
  const [channel, setChannel] = useState("");
  const [stores, setStores] = useState<string[]>([]);
  const [key] = useState(newKey); // the same sheet sent twice makes nothing twice
  const [made, setMade] = useState<Made>();
  const make = useAct(() => api.post("/v1/codes:batch", { body: { spec: { ...emptySpec(), name, channel, folder: name }, stores, key } as never }), { touches: [...TOUCHED], quiet: true, done: (reply) => setMade(reply.data.data) });
  const ready = name.trim() !== "" && stores.length > 0 && stores.length <= MOST;
  return (
    <Drawer open onClose={onClose} title={t("code.batch")} size={480} destroyOnHidden
      footer={made ? <Button type="primary" onClick={onClose}>{t("do.close")}</Button> : <div className="row"><Button type="primary" disabled={!ready} loading={make.isPending} onClick={() => make.mutate(undefined)}>{t("code.batch.go", { count: stores.length })}</Button><Button onClick={onClose}>{t("do.cancel")}</Button></div>}>
      {made ? (
        <div className="stack">
          <p className="code-ready">{t("code.batch.done", { count: made.length })}</p>
          <div className="row"><Button href={printFolderUrl(name, "pdf")}>{t("code.print.pdf")}</Button><Button href={printFolderUrl(name, "zip")}>{t("code.print.zip")}</Button></div>
          <ul className="stack tight">{made.map((one) => <li key={one.id} className="row between"><span>{one.name}</span><Copy text={one.url} shown={one.slug} /></li>)}</ul>
        </div>
      ) : (
        <div className="stack">
          <p className="dim">{t("code.batch.note")}</p>
          {make.error && <Failure problem={asProblem(make.error)} />}
          <label className="code-field"><span>{t("keys.name")}</span><Input value={name} maxLength={60} placeholder={t("code.batch.name")} onChange={(event) => setName(event.target.value)} /></label>
          <label className="code-field"><span>{t("code.channel")}</span><Input value={channel} maxLength={40} placeholder={t("code.channel.hint")} onChange={(event) => setChannel(event.target.value)} /></label>
          <label className="code-field"><span>{t("code.stores")}</span>
            <Select mode="multiple" value={stores} onChange={setStores} maxTagCount={8} showSearch={{ optionFilterProp: "label" }} placeholder={t("code.stores.pick")} options={who.stores.map((store) => ({ value: store.value, label: store.label }))} /></label>
          <div><Button size="small" onClick={() => setStores(who.stores.slice(0, MOST).map((store) => store.value))}>{t("code.stores.all", { count: Math.min(MOST, who.stores.length) })}</Button></div>
        </div>
      )}
    </Drawer>
  );
}
