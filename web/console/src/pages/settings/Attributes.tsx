/// What may be known about a person: built-in and own attributes, and who is believed when sources differ.
import { App, Button, Form, Input, Segmented, Select, Switch } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";

type Def = ReplyOf<"/v1/attributes", "get">["data"][number];
const types = ["text", "number", "money", "date", "enum", "multi"];
const rules = ["newest", "most_trusted", "longest", "first", "max", "min", "union"];

export default function Attributes() {
  const { t, tr } = useText();
  const may = useMay();
  const { modal } = App.useApp();
  const list = useGet("/v1/attributes");
  const [editing, setEditing] = useState<Partial<Def>>();
  const isNew = !editing?.id;

  const save = useAct((values: Def) => {
    if (isNew) {
      const body = { key: values.key, type: values.type, zh: values.zh, en: values.en, options: values.options ?? [],
        rule: values.rule, sensitive: values.sensitive };
      return api.post("/v1/attributes", { body });
    }
    const body = { zh: values.zh, en: values.en, options: values.options ?? [], rule: values.rule };
    return api.patch("/v1/attributes/{attribute}", { path: { attribute: editing!.id! }, body, version: editing!.ver });
  }, { touches: ["/v1/attributes"], quiet: true });
  const archive = useAct((def: Def) =>
    api.delete("/v1/attributes/{attribute}", { path: { attribute: def.id }, version: def.ver }), { touches: ["/v1/attributes"] });

  const ask = (def: Def) =>
    modal.confirm({ title: t("attributes.archive.ask", { name: def.zh }), content: t("attributes.archive.text"),
      okText: t("attributes.archive"), okButtonProps: { danger: true }, onOk: () => archive.mutateAsync(def).catch(() => {}) });

  return (
    <Page title={t("nav.attributes")} lead={t("attributes.lead")}
      actions={may("attribute.write") && (
        <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setEditing({ type: "text", rule: "newest", sensitive: false })}>
          {t("attributes.new")}
        </Button>
      )}>
      <Card flush>
        <Rows<Def> label={t("nav.attributes")} rowKey="id" empty={{ title: t("attributes.empty") }}
          list={{ ...list, data: list.data?.data }}
          columns={[
            { title: t("attributes.name"), key: "name", render: (_, def) => (<><b>{def.zh}</b> <span className="dim">{def.en}</span></>) },
            { title: t("attributes.key"), dataIndex: "key", render: (key: string) => <code>{key}</code> },
            { title: t("attributes.type"), dataIndex: "type", render: (type: string) => tr("attribute.type.", type) },
            { title: t("attributes.rule"), dataIndex: "rule", render: (rule: string) => tr("attribute.rule.", rule) },
            { title: t("attributes.options"), dataIndex: "options", render: (options: string[], def) =>
              <span className="row">{options.slice(0, 5).map((option) => <span key={option} className="chip plain">{def.key === "gender" ? tr("gender.", option) : option}</span>)}
                {options.length > 5 && <span className="dim">+{options.length - 5}</span>}</span> },
            { title: t("attributes.flags"), key: "flags", render: (_, def) => (
              <span className="row">
                {def.builtin && <span className="chip plain">{t("attributes.builtin")}</span>}
                {def.sensitive && <span className="chip koi">{t("attributes.sensitive")}</span>}
              </span>) },
            ...(may("attribute.write") ? [{ title: t("do.edit"), key: "do", render: (_: unknown, def: Def) => (
              <span className="row nowrap">
                <Button size="small" type="text" onClick={() => setEditing(def)}>{t("do.edit")}</Button>
                {!def.builtin && <Button size="small" type="text" danger onClick={() => ask(def)}>{t("attributes.archive")}</Button>}
              </span>) }] : []),
          ]} />
      </Card>
      <FormSheet<Def> open={!!editing} title={isNew ? t("attributes.new") : t("attributes.edit")} initial={editing as Def}
        onClose={() => setEditing(undefined)} submit={(values) => save.mutateAsync(values)}>
        {isNew && (
          <>
            <Form.Item name="key" label={t("attributes.key")} extra={t("attributes.key.text")}
              rules={[{ required: true, pattern: /^[a-z][a-z0-9_]{0,39}$/, message: t("attributes.key.text") }]}>
              <Input className="mono" />
            </Form.Item>
            <Form.Item name="type" label={t("attributes.type")}>
              <Segmented options={types.map((value) => ({ value, label: tr("attribute.type.", value) }))} />
            </Form.Item>
          </>
        )}
        <Form.Item name="zh" label={t("attributes.zh")} rules={[{ required: true, message: t("form.required") }]}><Input maxLength={60} /></Form.Item>
        <Form.Item name="en" label={t("attributes.en")} rules={[{ required: true, message: t("form.required") }]}><Input maxLength={60} /></Form.Item>
        <Form.Item noStyle shouldUpdate>
          {({ getFieldValue }) => ["enum", "multi"].includes(getFieldValue("type") ?? editing?.type) && !editing?.builtin && (
            <Form.Item name="options" label={t("attributes.options")} extra={t("attributes.options.text")}>
              <Select mode="tags" open={false} tokenSeparators={[",", "，", "\n"]} suffix={null} />
            </Form.Item>
          )}
        </Form.Item>
        <Form.Item name="rule" label={t("attributes.rule")} extra={t("attributes.rule.text")}>
          <Select options={rules.map((value) => ({ value, label: tr("attribute.rule.", value) }))} />
        </Form.Item>
        {isNew && (
          <Form.Item name="sensitive" label={t("attributes.sensitive")} extra={t("attributes.sensitive.text")} valuePropName="checked">
            <Switch />
          </Form.Item>
        )}
      </FormSheet>
    </Page>
  );
}
