/// The people of this moment under a name of their own.
import { App, Form, Input } from "antd";
import { useNavigate } from "@tanstack/react-router";
import { api } from "@shared/client";
import { useAct } from "@/app/queries";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { TOUCHED, type Segment } from "./door";

export default function SnapshotSheet({ open, segment, onClose }: { open: boolean; segment: Segment; onClose: () => void }) {
  const { t, day } = useText();
  const { message } = App.useApp();
  const go = useNavigate();
  const make = useAct(({ name }: { name: string }, key) => api.post("/v1/segments/{segment}/snapshot", { path: { segment: segment.id }, body: { name: name.trim() }, key }), {
    quiet: true, touches: [...TOUCHED],
    done: (answer) => {
      void message.success(t("seg.snapshot.done"));
      void go({ to: "/segments/$id", params: { id: answer.data.id } });
    },
  });
  return (
    <FormSheet<{ name: string }> open={open} onClose={onClose} title={t("seg.snapshot")} lead={t("seg.snapshot.text")} initial={{ name: t("seg.snapshot.name", { name: segment.name, day: day(new Date().toISOString()) }) }} submit={(values) => make.mutateAsync(values)}>
      <Form.Item name="name" label={t("keys.name")} rules={[{ required: true, whitespace: true, message: t("form.required") }]}><Input maxLength={80} autoFocus /></Form.Item>
    </FormSheet>
  );
}
