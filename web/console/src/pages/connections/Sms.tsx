/// Text messages: the gateway they go through, a text to try it, and what became of the last ones.
import { App, Button, Form, Input, Switch } from "antd";
import { useState } from "react";
import { api } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { SMS, TONE, type Gateway, type TextLine } from "./door";

export function Sms() {
  const { t, tr, ago } = useText();
  const write = useMay()("channel.write");
  const [sheet, setSheet] = useState<"gateway" | "try">();
  const gateway = useGet("/v1/channels/sms", {});
  const texts = useGet("/v1/channels/sms/messages", { query: { limit: 10 } }, { refetchInterval: 10_000 });
  const there = gateway.data;
  const edit = write && there && <Button onClick={() => setSheet("gateway")}>{t(there.connected ? "do.edit" : "conn.sms.add")}</Button>;
  return (
    <Card flush title={t("conn.sms")} note={there?.connected ? `${there.url}${there.sign ? ` · 【${there.sign}】` : ""}` : t("conn.sms.note")}
      actions={<>
        {there?.disabled && <span className="chip plain">{t("conn.state.off")}</span>}
        {write && there?.connected && !there.disabled && <Button onClick={() => setSheet("try")}>{t("conn.sms.try")}</Button>}
        {edit}
      </>}>
      <Rows<TextLine> label={t("conn.sms.last")} rowKey="id" list={{ data: texts.data?.data, error: texts.error, refetch: () => void texts.refetch() }}
        empty={there?.connected ? { title: t("conn.sms.quiet"), text: t("conn.sms.quiet.text") } : { title: t("conn.sms.none"), text: t("conn.sms.none.text"), action: edit }}
        columns={[
          { title: t("conn.sms.to"), key: "phone", render: (_, one) => <span className="num">{one.phone}</span> },
          { title: t("conn.sms.purpose"), key: "purpose", render: (_, one) => tr("conn.sms.purpose.", one.purpose) },
          { title: t("conn.state"), key: "state", render: (_, one) => <span className="conn-name"><span><span className={`chip ${TONE[one.state] ?? "plain"}`}>{tr("conn.sms.state.", one.state)}</span></span>{one.error && <small>{one.error}</small>}</span> },
          { title: t("conn.sms.at"), key: "at", align: "right", render: (_, one) => ago(one.created_at) },
        ]} />
      {sheet === "gateway" && there && <GatewaySheet gateway={there} onClose={() => setSheet(undefined)} />}
      {sheet === "try" && <TrySheet onClose={() => setSheet(undefined)} />}
    </Card>
  );
}

type Fields = { url: string; sign?: string; secret?: string; enabled?: boolean };

function GatewaySheet({ gateway, onClose }: { gateway: Gateway; onClose: () => void }) {
  const { t } = useText();
  const save = useAct(({ url, sign, secret, enabled }: Fields) => api.put("/v1/channels/sms", {
    ...(gateway.connected && { version: gateway.ver }),
    body: { url: url.trim(), sign: sign?.trim() ?? "", ...(secret?.trim() && { secret: secret.trim() }), ...(gateway.connected && { disabled: enabled === false }) } as never,
  }), { touches: [...SMS], quiet: true });
  return (
    <FormSheet<Fields> open onClose={onClose} title={t(gateway.connected ? "conn.sms.edit" : "conn.sms.add")} lead={t("conn.sms.sheet")}
      initial={{ url: gateway.url, sign: gateway.sign, enabled: !gateway.disabled }} submit={(values) => save.mutateAsync(values)}>
      <Form.Item name="url" label={t("conn.sms.url")} rules={[{ required: true, message: t("form.required") }]}><Input placeholder="https://sms.example.com/send" autoComplete="off" /></Form.Item>
      <Form.Item name="secret" label={t("conn.sms.secret")} extra={t("conn.sms.secret.note")} rules={gateway.connected ? [] : [{ required: true, message: t("form.required") }]}><Input.Password autoComplete="new-password" placeholder={gateway.connected ? t("conn.keep") : "whsec_…"} /></Form.Item>
      <Form.Item name="sign" label={t("conn.sms.sign")} extra={t("conn.sms.sign.note")}><Input maxLength={12} /></Form.Item>
      {gateway.connected && <Form.Item name="enabled" label={t("conn.enabled")} valuePropName="checked"><Switch /></Form.Item>}
    </FormSheet>
  );
}

function TrySheet({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const { message } = App.useApp();
  const send = useAct(({ phone }: { phone: string }) => api.post("/v1/channels/sms/test", { body: { phone } }), { touches: [...SMS], quiet: true, done: () => void message.success(t("conn.sms.queued")) });
  return (
    <FormSheet<{ phone: string }> open onClose={onClose} title={t("conn.sms.try")} initial={{}} submit={(values) => send.mutateAsync(values)}>
      <Form.Item name="phone" label={t("conn.sms.to")} rules={[{ required: true, message: t("form.required") }]}><Input inputMode="tel" maxLength={20} placeholder="13800000000" /></Form.Item>
    </FormSheet>
  );
}
