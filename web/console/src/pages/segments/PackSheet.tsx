/// All rules as one text: for review, version control, another merchant; and back, looked at before it is taken.
import { Alert, Button, Drawer, Input, Upload } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct } from "@/app/queries";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { Icon } from "@/parts/Icon";
import { asProblem, Bones, Failure } from "@/parts/States";
import { TOUCHED } from "./door";
import { usePack } from "./pack";

type Result = ReplyOf<"/v1/segments/import", "post">["data"][number];
const TONE: Record<string, string> = { new: "good", changed: "gold", same: "plain", error: "bad" };

export default function PackSheet({ way, onClose }: { way: "export" | "import"; onClose: () => void }) {
  const { t } = useText();
  return (
    <Drawer open onClose={onClose} size={640} title={t(way === "export" ? "seg.export" : "seg.import")}>
      {way === "export" ? <Export /> : <Import onClose={onClose} />}
    </Drawer>
  );
}

function Export() {
  const { t } = useText();
  const pack = usePack();
  if (pack.error) return <Failure problem={asProblem(pack.error)} retry={() => void pack.refetch()} />;
  if (pack.data === undefined) return <Bones lines={6} />;
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([pack.data], { type: "text/plain;charset=utf-8" }));
    link.download = "segments.koi";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return (
    <div className="stack">
      <p className="dim">{t("seg.export.text")}</p>
      <div className="row"><Button type="primary" icon={<Icon name="download" size={15} />} onClick={save}>{t("seg.export.file")}</Button><Copy text={pack.data} shown={t("do.copy")} /></div>
      <pre className="seg-pack" tabIndex={0} aria-label={t("seg.export")}>{pack.data}</pre>
    </div>
  );
}

function Import({ onClose }: { onClose: () => void }) {
  const { t, tr } = useText();
  const [text, setText] = useState("");
  const [looked, setLooked] = useState<{ text: string; rows: Result[] }>();
  const look = useAct((pack: string) => api.post("/v1/segments/import", { body: { text: pack, dry_run: true } }), { done: (answer, pack) => setLooked({ text: pack, rows: answer.data.data }) });
  const take = useAct((pack: string, key) => api.post("/v1/segments/import", { body: { text: pack, dry_run: false }, key }), { touches: [...TOUCHED], done: onClose });
  const fresh = looked?.text === text ? looked.rows : undefined;
  const bad = fresh?.some((row) => row.result === "error");
  const moves = fresh?.filter((row) => row.result === "new" || row.result === "changed").length ?? 0;
  return (
    <div className="stack">
      <p className="dim">{t("seg.import.text")}</p>
      <div className="row">
        <Upload accept=".koi,.txt,text/plain" showUploadList={false} beforeUpload={(file) => { void file.text().then(setText); return false; }}><Button icon={<Icon name="upload" size={15} />}>{t("seg.import.file")}</Button></Upload>
      </div>
      <Input.TextArea className="mono" aria-label={t("seg.import.pack")} value={text} onChange={(event) => setText(event.target.value)} autoSize={{ minRows: 8, maxRows: 20 }} spellCheck={false} />
      {fresh && (
        <ul className="moves" aria-label={t("seg.import.found")}>
          {fresh.map((row, at) => <li key={at}><span className={`chip ${TONE[row.result] ?? "plain"}`}>{tr("seg.import.", row.result)}</span> <b>{row.name}</b>{row.code && <span className="dim">{row.line ? t("seg.import.line", { line: row.line }) : ""} <code>{row.code}</code> {row.detail}</span>}</li>)}
        </ul>
      )}
      {bad && <Alert type="warning" showIcon title={t("seg.import.bad")} />}
      <div className="row">
        <Button disabled={!text.trim()} loading={look.isPending} onClick={() => look.mutate(text)}>{t("seg.import.look")}</Button>
        <Button type="primary" disabled={!fresh || bad || moves === 0} loading={take.isPending} onClick={() => take.mutate(text)}>{t("seg.import.take", { count: moves })}</Button>
      </div>
    </div>
  );
}
