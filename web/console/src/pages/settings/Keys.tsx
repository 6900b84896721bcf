/// Keys with which programs call the API: shown once, limited by permission, address and time.
import { App, Button, Form, Input, Select } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { DateField } from "@/parts/Dates";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Once } from "@/parts/Once";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";

export type Key = ReplyOf<"/v1/keys", "get">["data"][number];
interface Fields { name: string; scopes: string[]; ip_list?: string[]; expires?: Dayjs }

export function keyState(key: Pick<Key, "revoked_at" | "expires_at">, now = Date.now()): "revoked" | "expired" | "live" {
  if (key.revoked_at) return "revoked";
  return key.expires_at && new Date(key.expires_at).getTime() <= now ? "expired" : "live";
}

/// The columns every list of keys has.
export function useKeyColumns() {
  const { t, tr, ago, dateTime } = useText();
  return [
    { title: t("keys.name"), key: "name", render: (_: unknown, key: Key) => (<><b>{key.name}</b><br /><code className="dim">…{key.tail}</code></>) },
    { title: t("members.state"), key: "state", render: (_: unknown, key: Key) =>
      <span className={`chip ${keyState(key) === "live" ? "good" : "plain"}`}>{tr("keys.state.", keyState(key))}</span> },
    { title: t("keys.ips"), dataIndex: "ip_list", render: (list: string[]) => list.length ? list.join(", ") : <span className="dim">{t("keys.ips.any")}</span> },
    { title: t("keys.expires"), dataIndex: "expires_at", render: (at: string | null) => at ? dateTime(at) : t("keys.expires.never") },
    { title: t("keys.used"), dataIndex: "last_used_at", render: (at: string | null) => at ? <span title={dateTime(at)}>{ago(at)}</span> : <span className="dim">{t("keys.used.never")}</span> },
  ];
}

export default function Keys() {
  const { t, lang } = useText();
  const { modal } = App.useApp();
  const may = useMay();
  const list = useList("/v1/keys", {}, (row) => row.id);
  const permissions = useGet("/v1/permissions");
  const [open, setOpen] = useState(false);
  const [secret, setSecret] = useState<string>();
  const columns = useKeyColumns();

  const create = useAct(async ({ expires, ...fields }: Fields) => {
    const reply = await api.post("/v1/keys", { body: { ...fields, ip_list: fields.ip_list ?? [], expires_at: expires?.toISOString() ?? null } });
    setSecret(reply.data.key);
  }, { touches: ["/v1/keys"], quiet: true });
  const revoke = useAct((id: string) => api.delete("/v1/keys/{key}", { path: { key: id } }), { touches: ["/v1/keys"] });
  const label = (permission: string) => {
    const line = permissions.data?.data.find((found) => found.permission === permission);
    return line ? (lang === "en" ? line.en : line.zh) : permission;
  };
  const ask = (key: Key) => modal.confirm({ title: t("keys.revoke.ask", { name: key.name }), content: t("keys.revoke.text"),
    okText: t("keys.revoke"), okButtonProps: { danger: true }, onOk: () => revoke.mutateAsync(key.id).catch(() => {}) });
  const add = may("key.write") && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setOpen(true)}>{t("keys.new")}</Button>;

  return (
    <Page title={t("nav.keys")} lead={t("keys.lead")} actions={add}>
      <Card flush>
        <Rows<Key> label={t("nav.keys")} rowKey="id" list={list} empty={{ title: t("keys.empty"), text: t("keys.empty.text"), action: add }}
          columns={[
            ...columns,
            { title: t("keys.scopes"), dataIndex: "scopes", render: (scopes: string[]) => (
              <span className="row" style={{ maxWidth: 360 }}>{scopes.slice(0, 4).map((scope) => <span key={scope} className="chip plain" title={label(scope)}>{scope}</span>)}
                {scopes.length > 4 && <span className="dim">+{scopes.length - 4}</span>}</span>) },
            ...(may("key.write") ? [{ title: t("keys.revoke"), key: "do", render: (_: unknown, key: Key) => keyState(key) !== "revoked" && (
              <Button size="small" type="text" danger onClick={() => ask(key)}>{t("keys.revoke")}</Button>) }] : []),
          ]} />
      </Card>
      <FormSheet<Fields> open={open} onClose={() => setOpen(false)} title={t("keys.new")} submitText={t("keys.create")} submit={(values) => create.mutateAsync(values)}>
        <Form.Item name="name" label={t("keys.name")} rules={[{ required: true, message: t("form.required") }]}><Input placeholder={t("keys.name.hint")} /></Form.Item>
        <Form.Item name="scopes" label={t("keys.scopes")} extra={t("keys.scopes.text")} rules={[{ required: true, message: t("form.required") }]}>
          <Select mode="multiple" showSearch={{ optionFilterProp: "label" }}
            options={(permissions.data?.data ?? []).map((line) => ({ value: line.permission, label: `${lang === "en" ? line.en : line.zh} (${line.permission})` }))} />
        </Form.Item>
        <KeyLimits />
      </FormSheet>
      <Once title={t("keys.once")} note={t("keys.once.text")} secrets={secret ? [secret] : undefined} onClose={() => setSecret(undefined)} />
    </Page>
  );
}

export function KeyLimits() {
  const { t } = useText();
  return (
    <>
      <Form.Item name="ip_list" label={t("keys.ips")} extra={t("keys.ips.text")}><Select mode="tags" open={false} tokenSeparators={[",", " "]} suffix={null} /></Form.Item>
      <Form.Item name="expires" label={t("keys.expires")} extra={t("keys.expires.text")}><DateField showTime={{ format: "HH:mm" }} /></Form.Item>
    </>
  );
}
