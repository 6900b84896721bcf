/// Values that lead to nobody: test numbers, and devices a whole shop shares.
import { App, Button, Form, Input, Radio, Select } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";

type Rule = ReplyOf<"/v1/identifier-rules", "get">["data"][number];
interface Fields { kind: string; system?: string; value: string; rule: "blocked" | "shared"; note?: string }

/// Kinds of identifier, and whether each belongs to one system of several ("device:pos").
export const identifierKinds: Record<string, boolean> = {
  phone_e164: false, email: false, member_no: false, wx_unionid: false, device: true, anon: true, wx_openid: true, order_buyer: true, pos_member_no: true,
};

/// "device" of "pos" is "device:pos"; a kind of its own stands alone.
export function namespaceOf(kind: string, system: string | undefined): string {
  return identifierKinds[kind] ? `${kind}:${(system ?? "").trim()}` : kind;
}

export default function Identifiers() {
  const { t, tr, dateTime } = useText();
  const { modal, message } = App.useApp();
  const may = useMay();
  const list = useList("/v1/identifier-rules", {}, (row) => row.id);
  const [open, setOpen] = useState(false);
  const add = useAct(({ kind, system, ...fields }: Fields) =>
    api.post("/v1/identifier-rules", { body: { ...fields, note: fields.note || null, ns: namespaceOf(kind, system) } }), {
    touches: ["/v1/identifier-rules", "/v1/people/{person}/identity"], quiet: true,
    done: ({ data }) => void message.success(t(data.taken_from ? "identifiers.done.taken" : "identifiers.done")),
  });
  const lift = useAct((rule: Rule) => api.delete("/v1/identifier-rules/{rule}", { path: { rule: rule.id } }), { touches: ["/v1/identifier-rules"] });
  const ask = (rule: Rule) => modal.confirm({ title: t("identifiers.lift.ask", { value: rule.shown }), content: t("identifiers.lift.text"), okText: t("identifiers.lift"),
    onOk: () => lift.mutateAsync(rule).catch(() => {}) });
  const button = may("identifier.write") && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setOpen(true)}>{t("identifiers.new")}</Button>;
  return (
    <Page title={t("nav.identifiers")} lead={t("identifiers.lead")} actions={button}>
      <Card flush>
        <Rows<Rule> label={t("nav.identifiers")} rowKey="id" list={list} empty={{ title: t("identifiers.empty"), text: t("identifiers.empty.text"), action: button }}
          columns={[
            { title: t("identifiers.value"), key: "value", render: (_, row) => <b className="num">{row.shown}</b> },
            { title: t("identifiers.kind"), key: "ns", render: (_, row) => <NamespaceText ns={row.ns} /> },
            { title: t("identifiers.rule"), dataIndex: "rule", render: (rule: string) => <span className={rule === "blocked" ? "chip bad" : "chip gold"}>{tr("identifiers.rule.", rule)}</span> },
            { title: t("identifiers.note"), dataIndex: "note", render: (note: string) => note || <span className="dim">–</span> },
            { title: t("events.at"), dataIndex: "at", render: (at: string) => <span className="num">{dateTime(at)}</span> },
            ...(may("identifier.write") ? [{ title: t("identifiers.lift"), key: "do", render: (_: unknown, row: Rule) => <Button size="small" type="text" onClick={() => ask(row)}>{t("identifiers.lift")}</Button> }] : []),
          ]} />
      </Card>
      <FormSheet<Fields> open={open} onClose={() => setOpen(false)} title={t("identifiers.new")} lead={t("identifiers.new.text")} initial={{ kind: "device", rule: "shared" }} submit={(fields) => add.mutateAsync(fields)}>
        <Form.Item required name="rule" label={t("identifiers.rule")}>
          <Radio.Group options={["shared", "blocked"].map((value) => ({ value, label: tr("identifiers.rule.", value) }))} />
        </Form.Item>
        <Form.Item required name="kind" label={t("identifiers.kind")}>
          <Select options={Object.keys(identifierKinds).map((value) => ({ value, label: tr("ns.", value) }))} />
        </Form.Item>
        <Form.Item noStyle shouldUpdate={(before, after) => before.kind !== after.kind}>
          {({ getFieldValue }) => identifierKinds[getFieldValue("kind") as string] && (
            <Form.Item name="system" label={t("identifiers.system")} extra={t("identifiers.system.text")} rules={[{ required: true, pattern: /^[A-Za-z0-9._-]{1,64}$/, message: t("identifiers.system.text") }]}><Input className="mono" /></Form.Item>
          )}
        </Form.Item>
        <Form.Item name="value" label={t("identifiers.value")} rules={[{ required: true, message: t("form.required") }]}><Input maxLength={200} autoComplete="off" /></Form.Item>
        <Form.Item name="note" label={t("identifiers.note")}><Input maxLength={200} placeholder={t("identifiers.note.hint")} /></Form.Item>
      </FormSheet>
    </Page>
  );
}

function NamespaceText({ ns }: { ns: string }) {
  const { tr } = useText();
  const [kind, system] = ns.split(":");
  return <>{tr("ns.", kind)} {system && <code className="dim">{system}</code>}</>;
}
