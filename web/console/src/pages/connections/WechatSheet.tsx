/// Connects an account of WeChat, or changes how it is connected. Secrets are written, never read.
import { Form, Input, Radio, Switch } from "antd";
import { api } from "@shared/client";
import { useAct } from "@/app/queries";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { FormSheet } from "@/parts/FormSheet";
import { WECHAT, type Account } from "./door";

type Kind = "oa" | "mini" | "pay";
type Secret = "secret" | "token" | "aes_key" | "api_key" | "private_key" | "serial_no" | "public_key_id" | "public_key";
type Fields = { kind: Kind; app: string; name?: string; base_url?: string; mode?: string; enabled?: boolean } & Partial<Record<Secret, string>>;

const KINDS: Kind[] = ["oa", "mini", "pay"];
/// What each kind needs; of WeChat Pay the public key is for merchants who verify by it instead of certificates.
const SECRETS: Record<Kind, { key: Secret; must: boolean; long?: boolean }[]> = {
  oa: [{ key: "secret", must: true }, { key: "token", must: true }, { key: "aes_key", must: false }],
  mini: [{ key: "secret", must: true }, { key: "token", must: false }, { key: "aes_key", must: false }],
  pay: [{ key: "api_key", must: true }, { key: "serial_no", must: true }, { key: "private_key", must: true, long: true }, { key: "public_key_id", must: false }, { key: "public_key", must: false, long: true }],
};

export default function WechatSheet({ account, onClose }: { account?: Account; onClose: () => void }) {
  const { t } = useText();
  const given = (text?: string) => text?.trim() || undefined; // an empty secret stays as it is
  const save = useAct(({ app, kind, enabled, ...rest }: Fields) => api.put("/v1/channels/wechat/{app}", {
    path: { app: app.trim() }, ...(account && { version: account.ver }),
    body: { kind, ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, given(value)])), ...(account && { disabled: enabled === false }) } as never,
  }), { touches: [...WECHAT], quiet: true });
  return (
    <FormSheet<Fields> open onClose={onClose} title={t(account ? "conn.edit" : "conn.wechat.add")} lead={t("conn.wechat.sheet")}
      initial={account ? { app: account.app, kind: account.kind as Kind, name: account.name, base_url: account.base_url, mode: account.mode, enabled: !account.disabled } : { kind: "oa", mode: "safe" }}
      submit={(values) => save.mutateAsync(values)}>
      <Inputs account={account} />
    </FormSheet>
  );
}

function Inputs({ account }: { account?: Account }) {
  const { t, tr } = useText();
  const kind = (Form.useWatch("kind") as Kind | undefined) ?? "oa";
  const app = (Form.useWatch("app") as string | undefined)?.trim();
  const rules = (must: boolean) => (must && !account ? [{ required: true, message: t("form.required") }] : []);
  return (
    <>
      <Form.Item name="kind" required label={t("conn.wechat.kind")}><Radio.Group disabled={!!account} options={KINDS.map((value) => ({ value, label: tr("conn.wechat.kind.", value) }))} /></Form.Item>
      <Form.Item name="app" label={t(kind === "pay" ? "conn.wechat.mch" : "conn.wechat.app")} rules={rules(true)}><Input disabled={!!account} placeholder={kind === "pay" ? "1900000001" : "wx…"} autoComplete="off" /></Form.Item>
      <Form.Item name="name" label={t("keys.name")}><Input maxLength={100} /></Form.Item>
      {SECRETS[kind].map(({ key, must, long }) => (
        <Form.Item key={key} name={key} label={tr("conn.wechat.secret.", key)} rules={rules(must)}>
          {long ? <Input.TextArea autoSize={{ minRows: 3, maxRows: 6 }} placeholder={account ? t("conn.keep") : "-----BEGIN …"} autoComplete="off" /> : <Input.Password autoComplete="new-password" placeholder={account ? t("conn.keep") : undefined} />}
        </Form.Item>
      ))}
      {kind !== "pay" && <Form.Item name="mode" required label={t("conn.wechat.mode")}><Radio.Group options={["safe", "plain"].map((value) => ({ value, label: tr("conn.wechat.mode.", value) }))} /></Form.Item>}
      {app && <p className="conn-callback"><span className="dim">{t("conn.wechat.callback")}</span><Copy text={`${location.origin}/callback/${kind === "pay" ? "wechat-pay" : "wechat"}/${app}`} /></p>}
      <Form.Item name="base_url" label={t("conn.base_url")} extra={t("conn.base_url.note")}><Input placeholder={kind === "pay" ? "https://api.mch.weixin.qq.com" : "https://api.weixin.qq.com"} /></Form.Item>
      {account && <Form.Item name="enabled" label={t("conn.enabled")} valuePropName="checked"><Switch /></Form.Item>}
    </>
  );
}
