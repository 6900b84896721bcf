/// 敏感词: rules on what staff may not send to customers, and those somebody made at the platform.
import { App, Button, Checkbox, Form, Input, Radio, Select } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { useWho } from "../codes/staff";
import { errcodeOf, reasonOf } from "./figures";
import { explained, refused, Standing, WantedTools } from "./wanted";
import "./contact.css";

type List = ReplyOf<"/v1/intercept-rules", "get">;
type Rule = List["data"][number];
type Seen = List["elsewhere"][number];
interface Draft { corp_id?: string; name: string; words: string[]; semantics: string[]; kind: string; everybody: boolean; staff: string[]; units: string[] }

const SEMANTICS = ["phone", "mail", "red_packet"];
const TOUCHED = ["/v1/intercept-rules"] as const;
const EMPTY: Draft = { name: "", words: [], semantics: [], kind: "block", everybody: false, staff: [], units: [] };

export default function Intercepts() {
  const { t } = useText();
  const may = useMay();
  const write = may("channel.send");
  const list = useGet("/v1/intercept-rules", {}, { refetchInterval: 10_000 });
  const [open, setOpen] = useState<Rule | "new">();
  const corps = list.data?.corps ?? [];
  const create = write && corps.length > 0 && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setOpen("new")}>{t("intercept.new")}</Button>;
  return (
    <Page title={t("nav.intercepts")} lead={t("intercept.lead")} actions={create}>
      <div className="stack">
        <Corps corps={corps} look={may("channel.sync")} loaded={!!list.data} />
        <Card flush>
          <Rules rows={list.data?.data} error={list.error} refetch={() => void list.refetch()} many={corps} write={write} edit={setOpen} create={create} />
        </Card>
        {(list.data?.elsewhere.length ?? 0) > 0 && <Card flush title={t("intercept.elsewhere")} note={t("intercept.elsewhere.note")}><Elsewhere rows={list.data!.elsewhere} /></Card>}
      </div>
      <Sheet rule={open} corps={corps} close={() => setOpen(undefined)} />
    </Page>
  );
}

/// When the platform's list was read, or why it was not.
function Corps({ corps, look, loaded }: { corps: List["corps"]; look: boolean; loaded: boolean }) {
  const { t, tr, ago } = useText();
  const { message } = App.useApp();
  const ask = useAct((corp: string) => api.post("/v1/channels/wecom/{corp}/intercept-rules:look", { path: { corp }, body: {} as never }), { touches: [...TOUCHED], done: () => void message.success(t("intercept.looking")) });
  if (loaded && corps.length === 0) return <p className="contact-note"><Icon name="info" size={16} />{t("intercept.no_corp")}</p>;
  return (
    <>
      {corps.map((one) => (
        <p key={one.corp_id} className={`contact-note${one.error ? " bad" : ""}`}><Icon name={one.error ? "alert" : "info"} size={16} />
          <span>{corps.length > 1 && <b>{one.name || one.corp_id} </b>}{one.error ? `${t("intercept.look.refused")} ${reasonOf(t, tr("intercept.errcode.", errcodeOf(one.detail)), one.detail)}` : one.looked_at ? t("intercept.looked", { when: ago(one.looked_at) }) : t("intercept.never_looked")}</span>
          {look && <Button size="small" icon={<Icon name="refresh" size={14} />} loading={ask.isPending} onClick={() => ask.mutate(one.corp_id)}>{t("intercept.look")}</Button>}</p>
      ))}
    </>
  );
}

function Words({ words }: { words: string[] }) {
  const { t } = useText();
  return <span className="contact-words">{words.slice(0, 4).map((word) => <span key={word} className="chip plain">{word}</span>)}{words.length > 4 && <small className="dim" title={words.join("、")}>{t("intercept.words.more", { count: words.length - 4 })}</small>}</span>;
}

function Rules({ rows, error, refetch, many, write, edit, create }: { rows?: Rule[]; error: unknown; refetch: () => void; many: List["corps"]; write: boolean; edit: (rule: Rule) => void; create: React.ReactNode }) {
  const { t, tr, ago } = useText();
  const { modal } = App.useApp();
  const who = useWho();
  const drop = useAct((id: string) => api.delete("/v1/intercept-rules/{rule}", { path: { rule: id } }), { touches: [...TOUCHED] });
  const retry = useAct((id: string) => api.post("/v1/intercept-rules/{rule}:retry", { path: { rule: id }, body: {} as never }), { touches: [...TOUCHED] });
  const whom = (rule: Rule) => (rule.everybody ? t("intercept.everybody") : [...rule.units, ...rule.staff].map((id) => who.nameOf(id)).join("、"));
  const remove = (rule: Rule) => modal.confirm({ title: t("intercept.delete.sure", { name: rule.name }), content: t("intercept.delete.text"), okText: t("do.delete"), okButtonProps: { danger: true }, cancelText: t("do.cancel"), onOk: () => drop.mutateAsync(rule.id) });
  return (
    <Rows<Rule> label={t("nav.intercepts")} rowKey="id" list={{ data: rows, error, refetch }} empty={{ title: t("intercept.none"), text: t("intercept.none.text"), action: create }}
      columns={[
        { title: t("intercept.name"), key: "name", render: (_, rule) => <span className="contact-who"><b>{rule.name}</b><small>{many.length > 1 ? many.find((one) => one.corp_id === rule.corp_id)?.name : t("intercept.by", { who: rule.created_by, when: ago(rule.updated_at) })}</small></span> },
        { title: t("intercept.state"), key: "state", width: 260, render: (_, rule) => <State rule={rule} /> },
        { title: t("intercept.kind"), key: "kind", render: (_, rule) => tr("intercept.kind.", rule.kind) },
        { title: t("intercept.words"), key: "words", render: (_, rule) => <Words words={[...rule.words, ...rule.semantics.map((one) => tr("intercept.semantics.", one))]} /> },
        { title: t("intercept.whom"), key: "whom", render: (_, rule) => <span className="contact-whom" title={whom(rule)}>{whom(rule)}</span> },
        ...(write ? [{ title: <span className="visually-hidden">{t("app.menu")}</span>, key: "do", render: (_: unknown, rule: Rule) => (
          <WantedTools one={rule} retry={retry} again={t("intercept.again")} change={{ label: t("intercept.edit", { name: rule.name }), act: () => edit(rule) }}
            remove={{ label: t("intercept.delete", { name: rule.name }), act: () => remove(rule) }} />) }] : []),
      ]} />
  );
}

function State({ rule }: { rule: Rule }) {
  const { t, tr } = useText();
  const reason = rule.error === "connect.rule_range" ? t("intercept.no_range") : reasonOf(t, tr("intercept.errcode.", errcodeOf(rule.detail)), rule.detail);
  const why = refused(rule) ? reason : explained(rule) ? tr("intercept.state.text.", rule.state) : "";
  return <Standing state={rule.state} name={tr("intercept.state.", rule.state)} why={why} />;
}

function Elsewhere({ rows }: { rows: Seen[] }) {
  const { t, tr, day } = useText();
  return (
    <Rows<Seen> label={t("intercept.elsewhere")} rowKey={(one) => one.corp_id + one.rule_id} list={{ data: rows, error: null, refetch: () => {} }} empty={{ title: t("intercept.none") }}
      columns={[
        { title: t("intercept.name"), key: "name", render: (_, one) => <span className="contact-who"><b>{one.name}</b><small>{day(one.created_at)}</small></span> },
        { title: t("intercept.kind"), key: "kind", render: (_, one) => tr("intercept.kind.", one.kind) },
        { title: t("intercept.words"), key: "words", render: (_, one) => <Words words={[...one.words, ...one.semantics.map((s) => tr("intercept.semantics.", s))]} /> },
        { title: t("intercept.whom"), key: "whom", render: (_, one) => <span className="contact-whom">{[...one.units, ...one.staff].join("、")}</span> },
      ]} />
  );
}

function Sheet({ rule, corps, close }: { rule?: Rule | "new"; corps: List["corps"]; close: () => void }) {
  const { t, tr } = useText();
  const who = useWho();
  const had = rule && rule !== "new" ? rule : undefined;
  const save = useAct(({ corp_id, ...draft }: Draft, key) => {
    const body = { ...draft, staff: draft.everybody ? [] : draft.staff, units: draft.everybody ? [] : draft.units };
    return had ? api.put("/v1/intercept-rules/{rule}", { path: { rule: had.id }, body: body as never, version: had.ver }) : api.post("/v1/intercept-rules", { body: { ...body, corp_id: corp_id ?? corps[0]!.corp_id } as never, key });
  }, { touches: [...TOUCHED], quiet: true });
  return (
    <FormSheet<Draft> key={had?.id ?? "new"} wide open={!!rule} onClose={close} title={had ? t("intercept.edit", { name: had.name }) : t("intercept.new")} lead={t("intercept.sheet.lead")}
      initial={had ? { ...EMPTY, ...had } : { ...EMPTY, corp_id: corps[0]?.corp_id }} submit={(draft) => save.mutateAsync({ ...EMPTY, ...draft })}>
      {!had && corps.length > 1 && <Form.Item name="corp_id" label={t("intercept.corp")} rules={[{ required: true }]}><Select options={corps.map((one) => ({ value: one.corp_id, label: one.name || one.corp_id }))} /></Form.Item>}
      <Form.Item name="name" label={t("intercept.name")} rules={[{ required: true, whitespace: true, max: 20 }]}><Input maxLength={20} showCount placeholder={t("intercept.name.hint")} /></Form.Item>
      <Form.Item name="words" label={t("intercept.words")} extra={t("intercept.words.extra")} rules={[{ required: true }]}>
        <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", ";", "\n", "\uFF0C", "\uFF1B", "\u3001"]} maxCount={300} placeholder={t("intercept.words.hint")} />
      </Form.Item>
      <Form.Item name="semantics" label={t("intercept.semantics")} extra={t("intercept.semantics.extra")}><Checkbox.Group options={SEMANTICS.map((value) => ({ value, label: tr("intercept.semantics.", value) }))} /></Form.Item>
      <Form.Item name="kind" label={t("intercept.kind")} required><Radio.Group options={["block", "warn"].map((value) => ({ value, label: tr("intercept.kind.long.", value) }))} className="contact-radios" /></Form.Item>
      <Form.Item name="everybody" valuePropName="checked" label={t("intercept.whom")} required><Checkbox>{t("intercept.everybody")}</Checkbox></Form.Item>
      <Form.Item noStyle shouldUpdate={(a: Draft, b: Draft) => a.everybody !== b.everybody}>
        {({ getFieldValue }) => !getFieldValue("everybody") && (
          <>
            <Form.Item name="units" label={t("intercept.units")}><Select mode="multiple" optionFilterProp="label" loading={!who.ready} options={who.units.map((one) => ({ value: one.value, label: one.label }))} /></Form.Item>
            <Form.Item name="staff" label={t("intercept.staff")} dependencies={["units"]} rules={[({ getFieldValue }) => ({ validator: (_, staff: string[]) => (staff?.length || getFieldValue("units")?.length ? Promise.resolve() : Promise.reject(new Error(t("intercept.whom.needed")))) })]}><Select mode="multiple" optionFilterProp="label" loading={!who.ready} options={who.people.filter((one) => one.active).map((one) => ({ value: one.value, label: one.place ? `${one.label} · ${one.place}` : one.label }))} /></Form.Item>
          </>
        )}
      </Form.Item>
    </FormSheet>
  );
}
