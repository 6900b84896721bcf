/// One mass send: whom it reaches, what is said, how far each guide is, and what became of everybody.
import { App, Button, Input, Select } from "antd";
import { useNavigate, useParams as usePath } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct, useGet, useMoved } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { PersonLink } from "@/parts/people";
import { Rows } from "@/parts/Rows";
import { asProblem, Bones, Failure } from "@/parts/States";
import { Tabs } from "@/parts/Tabs";
import { ChatPhone } from "../codes/Phone";
import type { Part } from "../codes/spec";
import { doneOf, RECIPIENT_STATES, TOUCHED, type Recipient, type Send as One, type Task } from "./door";
import { RecipientState, SendState, TaskState } from "./pills";
import "../codes/codes.css";
import "./sends.css";

const BUSY = ["planning", "sending"];
const LISTS = ["/v1/sends/{send}/tasks", "/v1/sends/{send}/recipients"];

export default function Send() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id: string };
  const query = useGet("/v1/sends/{send}", { path: { send: id } }, { refetchInterval: (found) => (BUSY.includes(found.state.data?.state ?? "") ? 1500 : 15_000) });
  if (query.data) return <Loaded one={query.data} />;
  return <Page title={t("nav.sends")}>{query.error ? <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} /> : <Card><Bones lines={10} /></Card>}</Page>;
}

function Loaded({ one }: { one: One }) {
  const { t, tr, dateTime } = useText();
  const [params, setParams] = useParams();
  useMoved(one.state, LISTS);
  const tab = params.tab === "recipients" ? "recipients" : "guides";
  return (
    <Page title={one.spec.name} lead={[tr("send.kind.", one.kind), one.author, dateTime(one.start_at ?? one.created_at)].filter(Boolean).join(" · ")} actions={<Tools one={one} />}>
      {one.error && <p className="send-hint" role="alert"><Icon name="alert" size={16} />{t("send.plan_failed", { why: one.error })}</p>}
      <div className="send-desk">
        <div className="send-stack">
          <Progress one={one} />
          <Tabs label={t("send.parts_of")} value={tab} onChange={(key) => setParams({ tab: key === "guides" ? undefined : key, state: undefined, task: undefined })} items={[{ key: "guides", label: t("send.guides"), children: <Guides one={one} /> }, { key: "recipients", label: t("send.recipients"), children: <Recipients one={one} /> }]} />
        </div>
        <ChatPhone text={one.spec.text} parts={one.spec.parts as Part[]} title={t(one.kind === "group" ? "send.preview.group" : "send.preview.chat")} />
      </div>
    </Page>
  );
}

function Progress({ one }: { one: One }) {
  const { t, tr, exact, dateTime } = useText();
  const left = one.found - one.friendless - one.unasked - one.capped;
  const facts: [string, number][] = one.state === "planning" || one.state === "ready" || one.state === "draft"
    ? [["found", one.found], ["reached", left], ["guides", one.tasks]]
    : [["total", one.total], ["sent", one.sent], ["waiting", one.total - one.sent - one.lost - one.full - one.failed], ["confirmed", one.confirmed], ["lost", one.lost], ["full", one.full], ["failed", one.failed]];
  const out = (["friendless", "unasked", "capped"] as const).filter((why) => one[why] > 0);
  return (
    <Card>
      <div className="send-whole">
        <SendState state={one.state} />
        {one.total > 0 && one.start_at && <><progress className="thin" max={100} value={doneOf(one)} aria-label={t("send.arrived")} /><b className="num">{exact(one.sent)} / {exact(one.total)}</b></>}
        {one.state === "planning" && <span className="dim" role="status">{t("send.planning", { count: exact(one.found) })}</span>}
        {one.state === "sending" && one.start_at && <span className="dim" role="status">{t("send.begins", { at: dateTime(one.start_at) })}</span>}
        {one.state === "ready" && one.planned_at && <span className="dim">{t("send.planned", { at: dateTime(one.planned_at) })}</span>}
      </div>
      <dl className="send-facts">
        {facts.filter(([key, n]) => n > 0 || ["found", "reached", "total", "sent"].includes(key)).map(([key, n]) => <div key={key}><dt>{tr("send.fact.", key)}</dt><dd className="num">{exact(n)}</dd></div>)}
      </dl>
      {out.length > 0 && <p className="dim">{t("send.left_out")} {out.map((why) => `${tr("send.recipient.", why)} ${exact(one[why])}`).join(" · ")}</p>}
      {one.state === "sent" && <p className="dim">{t("send.confirm_note")}</p>}
    </Card>
  );
}

function Tools({ one }: { one: One }) {
  const { t, exact } = useText();
  const { modal, message } = App.useApp();
  const go = useNavigate();
  const may = useMay();
  const [later, setLater] = useState("");
  const path = { send: one.id };
  const touches = [...TOUCHED];
  const plan = useAct(() => api.post("/v1/sends/{send}:plan", { path }), { touches });
  const start = useAct((at: string | undefined) => api.post("/v1/sends/{send}:start", { path, body: at ? { at } : {} }), { touches });
  const stop = useAct(() => api.post("/v1/sends/{send}:stop", { path }), { touches });
  const refresh = useAct(() => api.post("/v1/sends/{send}:refresh", { path }), { touches });
  const remind = useAct(() => api.post("/v1/sends/{send}:remind", { path, body: {} }), { touches, done: (reply) => void message.success(t("send.reminded", { count: reply.data.tasks })) });
  const drop = useAct(() => api.delete("/v1/sends/{send}", { path }), { touches, done: () => void go({ to: "/sends" }) });
  const draft = one.state === "draft" || one.state === "ready", out = one.state === "sending" || one.state === "sent";
  const begun = one.state === "sent" || (one.state === "sending" && !!one.start_at && Date.now() > Date.parse(one.start_at));
  const ask = () => modal.confirm({
    title: t("send.start.ask", { count: exact(one.total) }), content: t(later ? "send.start.later" : "send.start.text"), okText: t("send.start"),
    onOk: () => start.mutateAsync(later ? new Date(later).toISOString() : undefined).catch(() => {}),
  });
  const end = () => modal.confirm({ title: t(begun ? "send.stop.ask" : "send.back.ask"), content: begun ? t("send.stop.text") : undefined, okText: t(begun ? "send.stop" : "send.back"), okButtonProps: { danger: begun }, onOk: () => stop.mutateAsync(undefined).catch(() => {}) });
  return (
    <>
      {draft && may("send.write") && <Button onClick={() => void go({ to: "/sends/$id/edit", params: { id: one.id } })}>{t("do.edit")}</Button>}
      {draft && may("send.write") && <Button onClick={() => plan.mutate(undefined)} loading={plan.isPending}>{t("send.again")}</Button>}
      {draft && may("send.write") && <Button danger onClick={() => modal.confirm({ title: t("send.delete.ask"), okText: t("do.delete"), okButtonProps: { danger: true }, onOk: () => drop.mutateAsync(undefined).catch(() => {}) })}>{t("do.delete")}</Button>}
      {one.state === "ready" && may("send.run") && one.total > 0 && (
        <>
          <label className="send-when"><span className="dim">{t(later ? "send.when" : "send.now")}</span><Input type="datetime-local" value={later} onChange={(event) => setLater(event.target.value)} aria-label={t("send.when")} /></label>
          <Button type="primary" icon={<Icon name="bolt" size={16} />} loading={start.isPending} onClick={ask}>{t("send.start")}</Button>
        </>
      )}
      {one.state === "sent" && <Button loading={refresh.isPending} onClick={() => refresh.mutate(undefined)}>{t("send.refresh")}</Button>}
      {one.state === "sent" && may("send.run") && one.confirmed + one.refused < one.tasks && <Button loading={remind.isPending} onClick={() => remind.mutate(undefined)}>{t("send.remind")}</Button>}
      {out && may("send.run") && <Button danger={begun} onClick={end}>{t(begun ? "send.stop" : "send.back")}</Button>}
    </>
  );
}

function Guides({ one }: { one: One }) {
  const { t, exact, dateTime } = useText();
  const [, setParams] = useParams();
  const run = useMay()("send.run") && one.state === "sent";
  const list = useList("/v1/sends/{send}/tasks", { path: { send: one.id }, query: { limit: 50 } }, (row) => row.id, { refetchInterval: 10_000, cursor: "cursor" });
  const { message } = App.useApp();
  const remind = useAct((task: string) => api.post("/v1/sends/{send}:remind", { path: { send: one.id }, body: { task } }), { touches: [...TOUCHED], done: (reply) => void message.success(t("send.reminded", { count: reply.data.tasks })) });
  return (
    <Card flush>
      <Rows<Task> label={t("send.guides")} rowKey="id" list={list} empty={{ title: t(one.state === "planning" ? "send.counting" : "send.no_guides") }}
        columns={[
          { title: t("send.guide"), key: "name", render: (_, row) => <button type="button" className="send-link" onClick={() => setParams({ tab: "recipients", task: row.id, state: undefined })}>{row.staff_name || row.userid}</button> },
          { title: t("send.state"), key: "state", render: (_, row) => <span className="send-name"><span><TaskState state={row.state} confirmed={!!row.confirmed_at} /></span>{row.error && <small className="send-bad">{row.error}</small>}</span> },
          { title: t("send.fact.total"), key: "total", align: "right", render: (_, row) => <span className="num">{exact(row.total)}</span> },
          { title: t("send.fact.sent"), key: "sent", align: "right", render: (_, row) => <span className="num">{exact(row.sent)}</span> },
          { title: t("send.not"), key: "not", align: "right", render: (_, row) => <span className="num">{row.lost + row.full + row.failed ? exact(row.lost + row.full + row.failed) : "–"}</span> },
          { title: t("send.confirmed_at"), key: "at", render: (_, row) => (row.confirmed_at ? dateTime(row.confirmed_at) : row.reminded_at ? t("send.reminded_at", { at: dateTime(row.reminded_at) }) : "–") },
          ...(run ? [{ title: "", key: "do", render: (_: unknown, row: Task) => row.state === "made" && !row.confirmed_at && <Button size="small" loading={remind.isPending && remind.variables === row.id} onClick={() => remind.mutate(row.id)}>{t("send.remind.one")}</Button> }] : []),
        ]} />
    </Card>
  );
}

function Recipients({ one }: { one: One }) {
  const { t, tr, dateTime } = useText();
  const [params, setParams] = useParams();
  const state = RECIPIENT_STATES.find((value) => value === params.state);
  const list = useList("/v1/sends/{send}/recipients", { path: { send: one.id }, query: { ...(state && { state }), ...(params.task && { task: params.task }), limit: 50 } }, (row) => row.id, { refetchInterval: 15_000, cursor: "cursor" });
  return (
    <Card flush>
      <div className="send-filter">
        <Select allowClear value={state} aria-label={t("send.state")} placeholder={t("send.state")} onChange={(next?: string) => setParams({ state: next })} options={RECIPIENT_STATES.map((value) => ({ value, label: tr("send.recipient.", value) }))} />
        {params.task && <Button onClick={() => setParams({ task: undefined })} icon={<Icon name="close" size={14} />}>{t("send.one_guide")}</Button>}
      </div>
      <Rows<Recipient> label={t("send.recipients")} rowKey="id" list={list} empty={{ title: t("send.none_here"), action: state || params.task ? <Button onClick={() => setParams({ state: undefined, task: undefined })}>{t("people.clear")}</Button> : undefined }}
        columns={[
          { title: t("send.recipient"), key: "name", render: (_, row) => (row.person_id ? <PersonLink id={row.person_id} name={row.name} /> : <span className="row"><Icon name="people" size={16} />{row.name}</span>) },
          { title: t("send.guide"), key: "staff", render: (_, row) => row.staff_name || "–" },
          { title: t("send.state"), key: "state", render: (_, row) => <RecipientState state={row.state} /> },
          { title: t("send.at"), key: "at", render: (_, row) => dateTime(row.at) },
        ]} />
    </Card>
  );
}
