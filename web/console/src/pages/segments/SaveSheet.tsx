/// A name for the rule, how it lives, and the tag its people carry.
import { Form, Input, Radio, Select } from "antd";
import { useNavigate } from "@tanstack/react-router";
import { api } from "@shared/client";
import { useAct } from "@/app/queries";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { TOUCHED, type Asked, type Segment } from "./door";
import { useTheWords } from "./fields";

interface Fields { name: string; description?: string; mode: "asked" | "live"; tag?: string }

export default function SaveSheet({ open, segment, asked, sentence, onClose }: { open: boolean; segment?: Segment; asked: Asked; sentence?: string; onClose: () => void }) {
  const { t } = useText();
  const words = useTheWords();
  const go = useNavigate();
  const save = useAct((fields: Fields, key) => {
    const body = { name: fields.name.trim(), description: fields.description?.trim() ?? "", mode: fields.mode, tag: fields.mode === "live" ? (fields.tag ?? "") : "", ...asked };
    return segment
      ? api.patch("/v1/segments/{segment}", { path: { segment: segment.id }, body: body as never, version: segment.ver, key })
      : api.post("/v1/segments", { body: body as never, key });
  }, {
    quiet: true, touches: [...TOUCHED],
    done: (answer) => void go({ to: "/segments/$id", params: { id: answer.data.id }, ignoreBlocker: true }),
  });
  const tags = words.tags.map((tag) => (tag.group ? `${tag.group}/${tag.name}` : tag.name));
  return (
    <FormSheet<Fields> open={open} onClose={onClose} title={t(segment ? "seg.save.edit" : "seg.save.new")} lead={sentence} submitText={t("do.save")}
      initial={segment ? { name: segment.name, description: segment.description, mode: segment.mode === "live" ? "live" : "asked", tag: segment.tag || undefined } : { mode: "live" }} submit={(fields) => save.mutateAsync(fields)}>
      <Form.Item name="name" label={t("keys.name")} rules={[{ required: true, whitespace: true, message: t("form.required") }, { max: 80, message: t("form.long") }]}><Input maxLength={80} autoFocus placeholder={t("seg.save.name.hint")} /></Form.Item>
      <Form.Item name="description" label={t("seg.save.description")}><Input.TextArea maxLength={500} autoSize={{ minRows: 2, maxRows: 6 }} /></Form.Item>
      <Form.Item name="mode" label={t("seg.mode")}>
        <Radio.Group className="seg-modes">
          {(["live", "asked"] as const).map((mode) => <Radio key={mode} value={mode}><b>{t(mode === "live" ? "seg.mode.live" : "seg.mode.asked")}</b><small>{t(mode === "live" ? "seg.mode.live.text" : "seg.mode.asked.text")}</small></Radio>)}
        </Radio.Group>
      </Form.Item>
      <Form.Item noStyle dependencies={["mode"]}>
        {({ getFieldValue }) => getFieldValue("mode") === "live" && (
          <Form.Item name="tag" label={t("seg.tag")} extra={t("seg.tag.text")}><Select allowClear showSearch options={tags.map((tag) => ({ value: tag, label: tag }))} placeholder={t("seg.tag.none")} notFoundContent={t("seg.none_yet")} /></Form.Item>
        )}
      </Form.Item>
    </FormSheet>
  );
}
