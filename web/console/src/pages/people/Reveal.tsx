/// Clear text for a reason: it is written into the audit log, and hides itself again.
import { Button, Form, Input, Modal, Select } from "antd";
import { useEffect, useState } from "react";
import { api, Problem } from "@shared/client";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { asProblem, Failure } from "@/parts/States";
import type { PersonData } from "./Person";

const SHOWN_MS = 30_000;

export default function Reveal({ person, field, onClose }: { person: PersonData; field: string | undefined; onClose: () => void }) {
  const { t, tr } = useText();
  const [form] = Form.useForm<{ field: string; reason: string }>();
  const [busy, setBusy] = useState(false);
  const [value, setValue] = useState<string>();
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    setValue(undefined);
    setProblem(undefined);
    if (field) form.setFieldsValue({ field, reason: "" });
  }, [field]);
  useEffect(() => {
    if (value === undefined) return;
    const timer = setTimeout(onClose, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [value]);

  const show = async (fields: { field: string; reason: string }) => {
    setBusy(true);
    setProblem(undefined);
    try {
      setValue((await api.post("/v1/people/{person}/reveal", { path: { person: person.id }, body: fields })).data.value);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  const fields = ["name", "phone", "email", "birthday", ...(field && !["name", "phone", "email", "birthday"].includes(field) ? [field] : [])];

  return (
    <Modal open={!!field} onCancel={onClose} title={t("reveal.title")} forceRender
      footer={value === undefined ? <Button type="primary" loading={busy} onClick={() => form.submit()}>{t("reveal.open")}</Button> : <Button onClick={onClose}>{t("do.close")}</Button>}>
      <Form form={form} layout="vertical" onFinish={(found) => void show(found)} requiredMark={false} disabled={value !== undefined}>
        <p className="dim" style={{ marginBottom: 14 }}>{t("reveal.text")}</p>
        {problem && <Form.Item><Failure problem={problem} /></Form.Item>}
        <Form.Item name="field" label={t("reveal.what")}><Select options={fields.map((one) => ({ value: one, label: tr("reveal.field.", one) }))} /></Form.Item>
        <Form.Item name="reason" label={t("reveal.reason")} rules={[{ required: true, min: 4, message: t("reveal.reason.text") }]}><Input.TextArea rows={2} maxLength={200} placeholder={t("reveal.reason.hint")} /></Form.Item>
      </Form>
      {value !== undefined && <p aria-live="polite" style={{ fontSize: 18 }}><Copy text={value} /></p>}
    </Modal>
  );
}
