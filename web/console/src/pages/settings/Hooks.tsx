/// Shops that push their orders: each with a secret of its own, seen once, and a request that runs as it stands.
import { App, Button, Drawer, Form, Input } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Once } from "@/parts/Once";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";

type Hook = ReplyOf<"/v1/hook-sources", "get">["data"][number];

export function Hooks() {
  const { t, ago, dateTime, day } = useText();
  const { modal } = App.useApp();
  const may = useMay();
  const list = useGet("/v1/hook-sources");
  const [open, setOpen] = useState(false);
  const [shown, setShown] = useState<Hook>();
  const [secret, setSecret] = useState<string>();
  const touches = ["/v1/hook-sources"] as const;
  const create = useAct(async (body: { source: string; name?: string }) => {
    setSecret((await api.post("/v1/hook-sources", { body })).data.secret);
  }, { touches: [...touches], quiet: true });
  const rotate = useAct(async (hook: Hook) => {
    setSecret((await api.post("/v1/hook-sources/{source}/rotate", { path: { source: hook.source } })).data.secret);
  }, { touches: [...touches] });
  const turn = useAct((hook: Hook) => api.put("/v1/hook-sources/{source}/state", { path: { source: hook.source }, body: { disabled: !hook.disabled } }), { touches: [...touches] });
  const askRotate = (hook: Hook) => modal.confirm({ title: t("hooks.rotate.ask", { name: hook.name }), content: t("hooks.rotate.text"), okText: t("hooks.rotate"),
    onOk: () => rotate.mutateAsync(hook).catch(() => {}) });
  const askTurn = (hook: Hook) => hook.disabled ? turn.mutate(hook) : modal.confirm({ title: t("hooks.stop.ask", { name: hook.name }), content: t("hooks.stop.text"), okText: t("hooks.stop"),
    okButtonProps: { danger: true }, onOk: () => turn.mutateAsync(hook).catch(() => {}) });
  const add = may("source.write") && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setOpen(true)}>{t("hooks.new")}</Button>;
  const rows = { data: list.data?.data, error: list.error, refetch: list.refetch };
  return (
    <>
      <div className="row between" style={{ marginBottom: 12 }}><p className="dim">{t("hooks.text")}</p>{!!rows.data?.length && add}</div>
      <Card flush>
        <Rows<Hook> label={t("hooks.title")} rowKey="source" list={rows} empty={{ title: t("hooks.empty"), text: t("hooks.empty.text"), action: add }}
          columns={[
            { title: t("keys.name"), key: "name", render: (_, row) => (<><b>{row.name}</b><br /><code className="dim">{row.source}</code></>) },
            { title: t("members.state"), key: "state", render: (_, row) => <span className={row.disabled ? "chip plain" : "chip good"}>{t(row.disabled ? "hooks.off" : "hooks.on")}</span> },
            { title: t("hooks.seen"), dataIndex: "last_seen_at", render: (at: string | null) => at ? <span title={dateTime(at)}>{ago(at)}</span> : <span className="dim">{t("keys.used.never")}</span> },
            { title: t("hooks.rotated"), key: "rotated", render: (_, row) => <span className="num">{day(row.rotated_at ?? row.created_at)}</span> },
            { title: t("sources.connect"), key: "do", render: (_, row) => (
              <span className="row" style={{ flexWrap: "nowrap" }}>
                <Button size="small" onClick={() => setShown(row)}>{t("sources.connect")}</Button>
                {may("source.write") && <Button size="small" type="text" onClick={() => askRotate(row)}>{t("hooks.rotate")}</Button>}
                {may("source.write") && <Button size="small" type="text" danger={!row.disabled} onClick={() => askTurn(row)}>{t(row.disabled ? "hooks.start" : "hooks.stop")}</Button>}
              </span>) },
          ]} />
      </Card>
      <FormSheet<{ source: string; name?: string }> open={open} onClose={() => setOpen(false)} title={t("hooks.new")} submitText={t("hooks.create")} submit={(values) => create.mutateAsync(values)}>
        <Form.Item name="name" label={t("keys.name")} rules={[{ required: true, message: t("form.required") }]}><Input maxLength={100} placeholder={t("hooks.name.hint")} /></Form.Item>
        <Form.Item name="source" label={t("attributes.key")} extra={t("hooks.source.text")} rules={[{ required: true, pattern: /^[a-z0-9._-]{1,64}$/, message: t("hooks.source.text") }]}><Input className="mono" /></Form.Item>
      </FormSheet>
      <Drawer open={!!shown} onClose={() => setShown(undefined)} title={shown?.name} size={680} destroyOnHidden>{shown && <Sample hook={shown} />}</Drawer>
      <Once title={t("hooks.secret")} note={t("hooks.secret.text")} secrets={secret ? [secret] : undefined} onClose={() => setSecret(undefined)} />
    </>
  );
}

/// A signed order in plain shell: time, dot, body, HMAC-SHA256 with the secret, in hexadecimal.
export function hookSample(origin: string, source: string): string {
  return [
    `BODY='{"order":{"order_no":"A1001","at":"2026-11-20T10:15:00Z","status":"paid","total_fen":5600,"buyer":{"id":"buyer-7","phone":"13812345678"},"lines":[{"sku":"TEA-01","title":"Jasmine tea","quantity":2,"amount_fen":5600}]}}'`,
    `T=$(date +%s)`,
    `SIGN=$(printf '%s.%s' "$T" "$BODY" | openssl dgst -sha256 -hmac "$HOOK_SECRET" -hex | sed 's/^.* //')`,
    `curl -X POST ${origin}/hooks/orders/${source} -H "x-koipond-signature: t=$T,v1=$SIGN" \\`,
    `  -H 'content-type: application/json' --data-binary "$BODY"`,
  ].join("\n");
}

function Sample({ hook }: { hook: Hook }) {
  const { t } = useText();
  const text = hookSample(location.origin, hook.source);
  return (
    <div className="stack">
      <dl className="facts">
        <dt>{t("hooks.address")}</dt><dd><Copy text={`${location.origin}/hooks/orders/${hook.source}`} /></dd>
        <dt>{t("hooks.header")}</dt><dd><code>x-koipond-signature: t=…,v1=…</code></dd>
      </dl>
      <p>{t("hooks.how")}</p>
      <div className="stack tight">
        <h2>{t("sources.sample")}</h2>
        <div className="definition" style={{ maxWidth: "none" }}><code>{text}</code></div>
        <div><Copy text={text} shown={t("do.copy")} /></div>
      </div>
    </div>
  );
}
