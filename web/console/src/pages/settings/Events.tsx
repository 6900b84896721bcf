/// The event catalogue: what may happen, what each kind must carry; and the events that did not fit.
import { Button, Checkbox, Form, Input, Select, Space } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useParams } from "@/app/search";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { PersonLink } from "@/parts/people";
import { Rows } from "@/parts/Rows";
import { Tabs } from "@/parts/Tabs";

type Kind = ReplyOf<"/v1/event-kinds", "get">["data"][number];
type Held = ReplyOf<"/v1/events/quarantine", "get">["data"][number];
const propTypes = ["text", "integer", "money", "boolean", "number", "time", "list", "object"];

export default function Events() {
  const { t } = useText();
  const may = useMay();
  const [search, setSearch] = useParams();
  const [defining, setDefining] = useState(false);
  return (
    <Page title={t("nav.events")} lead={t("events.lead")}
      actions={may("schema.write") && (
        <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setDefining(true)}>{t("events.new")}</Button>
      )}>
      <Tabs label={t("nav.events")} value={search.tab ?? "kinds"} onChange={(tab) => setSearch({ tab: tab === "kinds" ? undefined : tab })}
        items={[
          { key: "kinds", label: t("events.kinds"), children: <Kinds /> },
          { key: "quarantine", label: t("events.quarantine"), children: <Quarantine /> },
        ]} />
      <Define open={defining} onClose={() => setDefining(false)} />
    </Page>
  );
}

function Kinds() {
  const { t, tr, lang } = useText();
  const list = useGet("/v1/event-kinds");
  const [search, setSearch] = useParams();
  const wanted = (search.q ?? "").toLowerCase();
  const rows = list.data?.data.filter((kind) =>
    (!search.group || kind.group === search.group) && [kind.name, kind.zh, kind.en].some((text) => text.toLowerCase().includes(wanted)));
  const groups = [...new Set(list.data?.data.map((kind) => kind.group) ?? [])];
  return (
    <div className="stack">
      <div className="row">
        <Input.Search allowClear placeholder={t("events.search")} aria-label={t("events.search")} style={{ width: 260 }}
          defaultValue={search.q} onSearch={(q) => setSearch({ q: q || undefined })} />
        <Select allowClear placeholder={t("events.group")} aria-label={t("events.group")} style={{ minWidth: 150 }} value={search.group}
          onChange={(group) => setSearch({ group })} options={groups.map((value) => ({ value, label: tr("event.group.", value) }))} />
      </div>
      <Card flush>
        <Rows<Kind> label={t("events.kinds")} rowKey="name" list={{ ...list, data: rows }} empty={{ title: t("events.none"), text: t("events.none.text") }}
          columns={[
            { title: t("events.name"), key: "name", render: (_, kind) => (<><b>{lang === "en" ? kind.en : kind.zh}</b><br /><code className="dim">{kind.name}</code></>) },
            { title: t("events.group"), dataIndex: "group", render: (group: string) => <span className="chip plain">{tr("event.group.", group)}</span> },
            { title: t("events.version"), dataIndex: "version", render: (version: number) => `v${version}` },
            { title: t("events.props"), dataIndex: "props", render: (props: Kind["props"]) => (
              <span className="row">{props.map((prop) => (
                <span key={prop.name} className={prop.required ? "chip" : "chip plain"} title={tr("prop.type.", prop.type)}>
                  {prop.name}{prop.required && <span className="visually-hidden">{t("form.required")}</span>}
                </span>))}
                {props.length === 0 && <span className="dim">{t("events.any")}</span>}
              </span>) },
          ]} />
      </Card>
    </div>
  );
}

function Quarantine() {
  const { t, dateTime } = useText();
  const may = useMay();
  const list = useList("/v1/events/quarantine", {}, (row) => row.id);
  const retry = useAct((id: string) => api.post("/v1/events/quarantine/{entry}/retry", { path: { entry: id } }),
    { touches: ["/v1/events/quarantine"] });
  return (
    <Card flush>
      <Rows<Held> label={t("events.quarantine")} rowKey="id" list={list} empty={{ title: t("events.clean"), text: t("events.clean.text") }}
        columns={[
          { title: t("events.name"), dataIndex: "event", render: (name: string) => <code>{name}</code> },
          { title: t("events.why"), key: "why", render: (_, row) => (<><code>{row.code}</code> <span className="dim">{row.pointer}</span></>) },
          { title: t("nav.people"), key: "person", render: (_, row) => row.person_id ? <PersonLink id={row.person_id} /> : "–" },
          { title: t("events.source"), dataIndex: "source" },
          { title: t("events.at"), dataIndex: "at", render: (at: string) => dateTime(at) },
          { title: t("events.tries"), dataIndex: "tries", align: "right" },
          ...(may("schema.write") ? [{ title: t("do.retry"), key: "do", render: (_: unknown, row: Held) => (
            <Button size="small" loading={retry.isPending && retry.variables === row.id} onClick={() => retry.mutate(row.id)}>{t("events.retry")}</Button>) }] : []),
        ]} />
    </Card>
  );
}

function Define({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t, tr } = useText();
  const define = useAct((body: Pick<Kind, "name" | "zh" | "en" | "props">) => api.post("/v1/event-kinds", { body }),
    { touches: ["/v1/event-kinds"], quiet: true });
  const required = [{ required: true, message: t("form.required") }];
  return (
    <FormSheet<Kind> open={open} onClose={onClose} title={t("events.new")} lead={t("events.new.text")} wide
      initial={{ props: [] }} submit={(values) => define.mutateAsync({ ...values, props: values.props ?? [] })}>
      <Form.Item name="name" label={t("events.key")} extra={t("events.key.text")}
        rules={[{ required: true, pattern: /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/, message: t("events.key.text") }]}>
        <Input className="mono" />
      </Form.Item>
      <Form.Item name="zh" label={t("attributes.zh")} rules={required}><Input maxLength={60} /></Form.Item>
      <Form.Item name="en" label={t("attributes.en")} rules={required}><Input maxLength={60} /></Form.Item>
      <h3 style={{ marginBottom: 8 }}>{t("events.props")}</h3>
      <Form.List name="props">
        {(fields, { add, remove }) => (
          <div className="stack tight">
            {fields.map((field, index) => (
              <Space key={field.key} align="baseline" wrap>
                <Form.Item name={[field.name, "name"]} rules={required} noStyle>
                  <Input className="mono" placeholder="order_no" aria-label={`${t("events.name")} ${index + 1}`} style={{ width: 180 }} />
                </Form.Item>
                <Form.Item name={[field.name, "type"]} noStyle>
                  <Select aria-label={`${t("attributes.type")} ${index + 1}`} style={{ width: 130 }}
                    options={propTypes.map((value) => ({ value, label: tr("prop.type.", value) }))} />
                </Form.Item>
                <Form.Item name={[field.name, "required"]} valuePropName="checked" noStyle><Checkbox>{t("form.required")}</Checkbox></Form.Item>
                <Button type="text" aria-label={`${t("do.delete")} ${index + 1}`} icon={<Icon name="close" size={15} />} onClick={() => remove(field.name)} />
              </Space>
            ))}
            <Button onClick={() => add({ type: "text", required: false })} icon={<Icon name="plus" size={15} />}>{t("events.props.add")}</Button>
          </div>
        )}
      </Form.List>
    </FormSheet>
  );
}
