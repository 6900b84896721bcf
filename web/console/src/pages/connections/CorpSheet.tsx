/// Connects a corp of WeCom, or changes how it is connected. Secrets are written, never read.
import { Form, Input, InputNumber, Switch } from "antd";
import { api } from "@shared/client";
import { useAct } from "@/app/queries";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { FormSheet } from "@/parts/FormSheet";
import { TOUCHED, type Corp } from "./door";

interface Fields { corp_id: string; name?: string; agent_id?: number; secret?: string; token?: string; aes_key?: string; base_url?: string; enabled?: boolean }

export default function CorpSheet({ corp, onClose }: { corp?: Corp; onClose: () => void }) {
  const { t } = useText();
  const given = (text?: string) => text?.trim() || undefined; // an empty secret stays as it is
  const save = useAct(({ corp_id, enabled, ...rest }: Fields) => api.put("/v1/channels/wecom/{corp}", {
    path: { corp: corp_id.trim() }, ...(corp && { version: corp.ver }),
    body: { name: given(rest.name), agent_id: rest.agent_id, secret: given(rest.secret), token: given(rest.token), aes_key: given(rest.aes_key), base_url: given(rest.base_url), ...(corp && { disabled: enabled === false }) } as never,
  }), { touches: [...TOUCHED], quiet: true });
  const required = corp ? [] : [{ required: true, message: t("form.required") }];
  const keep = corp ? t("conn.keep") : undefined;
  return (
    <FormSheet<Fields> open onClose={onClose} title={t(corp ? "conn.edit" : "conn.add")} lead={t("conn.sheet")} initial={corp ? { corp_id: corp.corp_id, name: corp.name, agent_id: corp.agent_id, base_url: corp.base_url, enabled: !corp.disabled } : {}} submit={(values) => save.mutateAsync(values)}>
      <Form.Item name="corp_id" label={t("conn.corp_id")} rules={required}><Input disabled={!!corp} placeholder="ww…" autoComplete="off" /></Form.Item>
      <Form.Item name="name" label={t("keys.name")}><Input maxLength={100} /></Form.Item>
      <Form.Item name="agent_id" label={t("conn.agent_id")}><InputNumber min={0} style={{ width: "100%" }} /></Form.Item>
      <Form.Item name="secret" label={t("conn.secret")} rules={required}><Input.Password autoComplete="new-password" placeholder={keep} /></Form.Item>
      <Form.Item name="token" label={t("conn.token")} rules={required}><Input.Password autoComplete="new-password" placeholder={keep} /></Form.Item>
      <Form.Item name="aes_key" label={t("conn.aes_key")} rules={required}><Input.Password autoComplete="new-password" placeholder={keep} /></Form.Item>
      <CallbackLine />
      <Form.Item name="base_url" label={t("conn.base_url")} extra={t("conn.base_url.note")}><Input placeholder="https://qyapi.weixin.qq.com" /></Form.Item>
      {corp && <Form.Item name="enabled" label={t("conn.enabled")} valuePropName="checked"><Switch /></Form.Item>}
    </FormSheet>
  );
}

/// What is to be entered at the platform, as soon as the corp is known.
function CallbackLine() {
  const { t } = useText();
  const id = (Form.useWatch("corp_id") as string | undefined)?.trim();
  if (!id) return null;
  return <p className="conn-callback"><span className="dim">{t("conn.callback")}</span><Copy text={`${location.origin}/callback/wecom/${id}`} /></p>;
}
