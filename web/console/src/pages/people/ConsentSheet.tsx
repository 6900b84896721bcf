import { Form, Input, Radio } from "antd";
import { api } from "@shared/client";
import { useAct } from "@/app/queries";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import type { PersonData } from "./Person";

const channels = ["wecom", "sms", "phone", "mp", "mail"];
const purposes = ["marketing", "service", "analytics"];
interface Fields { channel: string; purpose: string; granted: boolean; evidence?: string; notice_version?: string }

/// What the person said, written down.
export default function ConsentSheet({ open, person, onClose }: { open: boolean; person: PersonData; onClose: () => void }) {
  const { t, tr } = useText();
  const record = useAct((fields: Fields) =>
    api.post("/v1/people/{person}/consent", { path: { person: person.id }, body: { ...fields, evidence: fields.evidence || null, notice_version: fields.notice_version || null } }),
  { touches: ["/v1/people/{person}", "/v1/people/{person}/consent"], quiet: true });
  return (
    <FormSheet<Fields> open={open} onClose={onClose} title={t("consent.record")} lead={t("consent.text")}
      initial={{ channel: "wecom", purpose: "marketing", granted: true }} submit={(fields) => record.mutateAsync(fields)}>
      <Form.Item name="granted" label={t("consent.what")}><Radio.Group options={[{ value: true, label: t("consent.granted") }, { value: false, label: t("consent.withdrawn") }]} /></Form.Item>
      <Form.Item name="channel" label={t("consent.channel")}><Radio.Group options={channels.map((value) => ({ value, label: tr("consent.channel.", value) }))} /></Form.Item>
      <Form.Item name="purpose" label={t("consent.purpose")}><Radio.Group options={purposes.map((value) => ({ value, label: tr("consent.purpose.", value) }))} /></Form.Item>
      <Form.Item name="evidence" label={t("consent.evidence")} extra={t("consent.evidence.text")}><Input maxLength={200} /></Form.Item>
      <Form.Item name="notice_version" label={t("consent.notice")}><Input maxLength={40} /></Form.Item>
    </FormSheet>
  );
}
