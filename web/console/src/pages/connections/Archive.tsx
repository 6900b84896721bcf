/// The session archive of a corp: the vendor's library, the keys, how the pull is doing, what was kept and what was not.
import { Button, Form, Input, InputNumber, Segmented, Switch } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { Loaded, Nothing } from "@/parts/States";

type Data = ReplyOf<"/v1/channels/wecom/{corp}/archive", "get">;
const TOUCHES = ["/v1/channels/wecom/{corp}/archive"] as const;
const TONES: Record<string, string> = { well: "good", error: "bad", new: "gold" };

export default function Archive({ corp }: { corp: string }) {
  const { t, tr, exact, ago } = useText();
  const write = useMay()("channel.write");
  const query = useGet("/v1/channels/wecom/{corp}/archive", { path: { corp } }, { refetchInterval: 3_000 });
  const [sheet, setSheet] = useState<"setting" | "key">();
  const edit = write && <Button type="primary" onClick={() => setSheet("setting")}>{t(query.data?.set_up ? "do.edit" : "conn.archive.start")}</Button>;
  return (
    <div className="stack">
      <Card title={t("conn.archive")} note={t("conn.archive.note")} actions={edit}>
        <Loaded query={query} lines={4}>
          {(found) => !found.set_up ? <Nothing title={t("conn.archive.none")} text={t("conn.archive.none.text")} /> : (
            <div className="stack tight">
              <p className="row between"><span><span className={`chip ${found.enabled ? TONES[found.state] ?? "plain" : "plain"}`}>{tr("conn.archive.state.", found.enabled ? found.state : "off")}</span> {found.error && <span>{tr("conn.archive.error.", found.error.replace("connect.", ""))}</span>}</span><code>{found.library}</code></p>
              {found.detail && <p className="dim"><code>{found.detail}</code></p>}
              <dl className="conn-figures">
                {([["last", found.pulled_at ? ago(found.pulled_at) : "–"], ["kept", exact(count(found, "kept"))], ["bare", exact(count(found, "bare"))], ["other", exact(count(found, "inner") + count(found, "room") + count(found, "erased"))],
                  ["revoked", exact(count(found, "revoked"))], ["locked", exact(found.locked.reduce((sum, one) => sum + one.n, 0))]] as const)
                  .map(([key, value]) => <div key={key}><dt>{tr("conn.archive.figure.", key)}</dt><dd className="num">{value}</dd></div>)}
              </dl>
              {found.locked.length > 0 && <ul className="conn-refused">{found.locked.map((one) => <li key={`${one.version}${one.why}`}><span>{t("conn.archive.locked", { version: one.version })} · {tr("conn.archive.error.", one.why.replace("connect.", ""))}</span><b className="num">{exact(one.n)}</b></li>)}</ul>}
            </div>
          )}
        </Loaded>
      </Card>
      {query.data?.set_up && <Keys found={query.data} onAdd={write ? () => setSheet("key") : undefined} />}
      {sheet === "setting" && query.data && <SettingSheet corp={corp} found={query.data} onClose={() => setSheet(undefined)} />}
      {sheet === "key" && query.data && <KeySheet corp={corp} next={Math.max(0, ...query.data.keys.map((one) => one.version)) + 1} onClose={() => setSheet(undefined)} />}
    </div>
  );
}

function count(found: Data, what: string): number {
  return found.tally.find((one) => one.what === what)?.n ?? 0;
}

function Keys({ found, onAdd }: { found: Data; onAdd?: () => void }) {
  const { t, dateTime } = useText();
  return (
    <Card title={t("conn.archive.keys")} note={t("conn.archive.keys.note")} actions={onAdd && <Button icon={<Icon name="plus" size={15} />} onClick={onAdd}>{t("conn.archive.key.add")}</Button>}>
      {found.keys.length === 0 && <p className="dim">{t("conn.archive.keys.none")}</p>}
      <ul className="conn-refused">
        {found.keys.map((one) => <li key={one.version}><span>{t("conn.archive.key", { version: one.version })} <span className="dim num">{dateTime(one.created_at)}</span></span><Copy text={one.public_pem} shown={t("conn.archive.key.copy")} /></li>)}
      </ul>
    </Card>
  );
}

interface Setting { library?: string; secret?: string; on_disagree?: string; enabled?: boolean }

function SettingSheet({ corp, found, onClose }: { corp: string; found: Data; onClose: () => void }) {
  const { t, tr } = useText();
  const required = [{ required: true, message: t("form.required") }];
  const save = useAct((values: Setting) => api.put("/v1/channels/wecom/{corp}/archive", {
    path: { corp }, ...(found.set_up && { version: found.ver }),
    body: { library: values.library?.trim(), secret: values.secret?.trim() || undefined, on_disagree: values.on_disagree, enabled: values.enabled } as never,
  }), { touches: [...TOUCHES], quiet: true });
  return (
    <FormSheet<Setting> open onClose={onClose} title={t("conn.archive")} lead={t("conn.archive.sheet")} submit={(values) => save.mutateAsync(values)}
      initial={{ library: found.library, on_disagree: found.on_disagree || "keep", enabled: !found.set_up || found.enabled }}>
      <Form.Item name="library" label={t("conn.archive.library")} extra={t("conn.archive.library.note")} rules={required}><Input placeholder="/opt/wework/libWeWorkFinanceSdk_C.so" autoComplete="off" /></Form.Item>
      <Form.Item name="secret" label={t("conn.archive.secret")} rules={found.set_up ? [] : required}><Input.Password autoComplete="new-password" placeholder={found.set_up ? t("conn.keep") : undefined} /></Form.Item>
      <Form.Item name="on_disagree" label={t("conn.archive.on_disagree")}><Segmented options={["keep", "erase"].map((value) => ({ value, label: tr("conn.archive.on_disagree.", value) }))} /></Form.Item>
      <Form.Item name="enabled" label={t("conn.enabled")} valuePropName="checked"><Switch /></Form.Item>
    </FormSheet>
  );
}

interface NewKey { version: number; private_pem?: string }

function KeySheet({ corp, next, onClose }: { corp: string; next: number; onClose: () => void }) {
  const { t } = useText();
  const save = useAct((values: NewKey) => api.post("/v1/channels/wecom/{corp}/archive/keys", { path: { corp }, body: { version: values.version, private_pem: values.private_pem?.trim() || undefined } as never }), { touches: [...TOUCHES], quiet: true });
  return (
    <FormSheet<NewKey> open onClose={onClose} title={t("conn.archive.key.add")} lead={t("conn.archive.key.sheet")} initial={{ version: next }} submit={(values) => save.mutateAsync(values)}>
      <Form.Item name="version" label={t("conn.archive.key.version")} rules={[{ required: true, message: t("form.required") }]}><InputNumber min={1} style={{ width: "100%" }} /></Form.Item>
      <Form.Item name="private_pem" label={t("conn.archive.key.own")} extra={t("conn.archive.key.own.note")}><Input.TextArea rows={5} placeholder="-----BEGIN PRIVATE KEY-----" autoComplete="off" /></Form.Item>
    </FormSheet>
  );
}
