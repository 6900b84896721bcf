/// Where events and orders come from, and the write keys that SDKs carry.
import { App, Button, Drawer, Form, Input, Radio, Segmented } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Once } from "@/parts/Once";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Tabs } from "@/parts/Tabs";
import { Hooks } from "./Hooks";
import { KeyLimits, keyState, useKeyColumns, type Key } from "./Keys";

type Source = ReplyOf<"/v1/sources", "get">["data"][number];
const kinds = ["web", "app", "server", "shop"];

export default function Sources() {
  const { t } = useText();
  const [search, setSearch] = useParams();
  return (
    <Page title={t("nav.sources")} lead={t("sources.lead")}>
      <Tabs label={t("nav.sources")} value={search.tab ?? "events"} onChange={(tab) => setSearch({ tab: tab === "events" ? undefined : tab })}
        items={[
          { key: "events", label: t("sources.tracking"), children: <Tracking /> },
          { key: "hooks", label: t("hooks.title"), children: <Hooks /> },
        ]} />
    </Page>
  );
}

/// Sites, apps and servers that send events with a write key.
function Tracking() {
  const { t, tr, day } = useText();
  const may = useMay();
  const list = useList("/v1/sources", {}, (row) => row.id);
  const [open, setOpen] = useState(false);
  const [shown, setShown] = useState<Source>();
  const create = useAct((body: Pick<Source, "key" | "name" | "kind">) => api.post("/v1/sources", { body }), { touches: ["/v1/sources"], quiet: true });
  const add = may("source.write") && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setOpen(true)}>{t("sources.new")}</Button>;
  const required = [{ required: true, message: t("form.required") }];
  return (
    <>
      <div className="row between" style={{ marginBottom: 12 }}><p className="dim">{t("sources.tracking.text")}</p>{!!list.data?.length && add}</div>
      <Card flush>
        <Rows<Source> label={t("nav.sources")} rowKey="id" list={list} empty={{ title: t("sources.empty"), text: t("sources.empty.text"), action: add }}
          columns={[
            { title: t("keys.name"), key: "name", render: (_, row) => (<><b>{row.name}</b><br /><code className="dim">{row.key}</code></>) },
            { title: t("attributes.type"), dataIndex: "kind", render: (kind: string) => <span className="chip plain">{tr("source.kind.", kind)}</span> },
            { title: t("sources.keys"), dataIndex: "keys", align: "right" },
            { title: t("sources.since"), dataIndex: "created_at", render: (at: string) => day(at) },
            { title: t("sources.connect"), key: "do", render: (_, row) => <Button size="small" onClick={() => setShown(row)}>{t("sources.connect")}</Button> },
          ]} />
      </Card>
      <FormSheet<Source> open={open} onClose={() => setOpen(false)} title={t("sources.new")} initial={{ kind: "web" }} submit={(values) => create.mutateAsync(values)}>
        <Form.Item name="name" label={t("keys.name")} rules={required}><Input placeholder={t("sources.name.hint")} /></Form.Item>
        <Form.Item name="key" label={t("attributes.key")} extra={t("sources.key.text")} rules={[{ required: true, pattern: /^[a-z0-9][a-z0-9._:-]{0,63}$/, message: t("sources.key.text") }]}><Input className="mono" /></Form.Item>
        <Form.Item name="kind" label={t("attributes.type")}><Radio.Group options={kinds.map((value) => ({ value, label: tr("source.kind.", value) }))} /></Form.Item>
      </FormSheet>
      <Drawer open={!!shown} onClose={() => setShown(undefined)} title={shown?.name} size={680} destroyOnHidden>
        {shown && <Connect source={shown} />}
      </Drawer>
    </>
  );
}

function Connect({ source }: { source: Source }) {
  const { t } = useText();
  const { modal } = App.useApp();
  const may = useMay();
  const list = useList("/v1/sources/{source}/keys", { path: { source: source.id } }, (row) => row.id);
  const columns = useKeyColumns();
  const [open, setOpen] = useState(false);
  const [secret, setSecret] = useState<string>();
  const create = useAct(async ({ expires, ...fields }: { name: string; ip_list?: string[]; expires?: Dayjs }) => {
    const body = { ...fields, ip_list: fields.ip_list ?? [], expires_at: expires?.toISOString() ?? null };
    setSecret((await api.post("/v1/sources/{source}/keys", { path: { source: source.id }, body })).data.key);
  }, { touches: ["/v1/sources/{source}/keys", "/v1/sources"], quiet: true });
  const revoke = useAct((key: string) => api.delete("/v1/sources/{source}/keys/{key}", { path: { source: source.id, key } }),
    { touches: ["/v1/sources/{source}/keys", "/v1/sources"] });
  const ask = (key: Key) => modal.confirm({ title: t("keys.revoke.ask", { name: key.name }), content: t("keys.revoke.text"),
    okText: t("keys.revoke"), okButtonProps: { danger: true }, onOk: () => revoke.mutateAsync(key.id).catch(() => {}) });
  const add = may("source.write") && <Button icon={<Icon name="plus" size={16} />} onClick={() => setOpen(true)}>{t("sources.key.new")}</Button>;
  return (
    <div className="stack">
      <div className="row between"><h2>{t("sources.keys")}</h2>{add}</div>
      <Card flush>
        <Rows<Key> label={t("sources.keys")} rowKey="id" list={list} empty={{ title: t("sources.key.none"), text: t("sources.key.none.text") }}
          columns={[...columns, ...(may("source.write") ? [{ title: t("keys.revoke"), key: "do", render: (_: unknown, key: Key) => keyState(key) !== "revoked" && (
            <Button size="small" type="text" danger onClick={() => ask(key)}>{t("keys.revoke")}</Button>) }] : [])]} />
      </Card>
      <h2>{t("sources.sample")}</h2>
      <Samples />
      <FormSheet open={open} onClose={() => setOpen(false)} title={t("sources.key.new")} submitText={t("keys.create")} submit={(values: { name: string }) => create.mutateAsync(values)}>
        <Form.Item name="name" label={t("keys.name")} rules={[{ required: true, message: t("form.required") }]}><Input placeholder={t("keys.name.hint")} /></Form.Item>
        <KeyLimits />
      </FormSheet>
      <Once title={t("keys.once")} note={t("keys.once.text")} secrets={secret ? [secret] : undefined} onClose={() => setSecret(undefined)} />
    </div>
  );
}

/// Runs as it stands once the key is put in.
export function samples(origin: string): Record<string, string> {
  return {
    curl: `curl -u "$WRITE_KEY:" -H 'content-type: application/json' ${origin}/v1/track \\\n  -d '{"userId":"member-1001","event":"product_viewed","properties":{"sku":"TEA-01"}}'`,
    node: `import { Analytics } from "@segment/analytics-node";\n\nconst analytics = new Analytics({ writeKey: process.env.WRITE_KEY, host: "${origin}", path: "/v1/batch" });\nanalytics.identify({ userId: "member-1001", traits: { phone: "13812345678" } });\nanalytics.track({ userId: "member-1001", event: "product_viewed", properties: { sku: "TEA-01" } });\nawait analytics.closeAndFlush();`,
    ndjson: `gzip -c events.ndjson | curl -u "$WRITE_KEY:" --data-binary @- \\\n  -H 'content-type: application/x-ndjson' -H 'content-encoding: gzip' ${origin}/v1/events`,
  };
}

function Samples() {
  const { t } = useText();
  const all = samples(location.origin);
  const [shown, setShown] = useState("curl");
  return (
    <div className="stack tight">
      <Segmented value={shown} onChange={setShown} aria-label={t("sources.sample")} style={{ justifySelf: "start" }}
        options={[{ value: "curl", label: "curl" }, { value: "node", label: "Node SDK" }, { value: "ndjson", label: "NDJSON" }]} />
      <div className="definition" style={{ maxWidth: "none" }}><code>{all[shown]}</code></div>
      <div><Copy text={all[shown]!} shown={t("do.copy")} /></div>
    </div>
  );
}
