/// One handover: how far it is, who took how many, and what became of each customer and group.
import { App, Button, Select } from "antd";
import { useParams as usePath } from "@tanstack/react-router";
import { api } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct, useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { PersonLink } from "@/parts/people";
import { Rows } from "@/parts/Rows";
import { asProblem, Bones, Failure } from "@/parts/States";
import { doneOf, failedOf, ITEM_STATES, TOUCHED, type Item, type Whole } from "./door";
import { HandoverState, ItemState } from "./pills";
import "./handover.css";

export default function Handover() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id: string };
  const query = useGet("/v1/handovers/{handover}", { path: { handover: id } }, { refetchInterval: 10_000 });
  if (query.data) return <Loaded whole={query.data} />;
  return <Page title={t("nav.handovers")}>{query.error ? <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} /> : <Card><Bones lines={10} /></Card>}</Page>;
}

function Loaded({ whole }: { whole: Whole }) {
  const { t, tr, exact, dateTime } = useText();
  const one = whole.handover;
  return (
    <Page title={t("handover.of", { name: one.from_name })} lead={[tr("handover.mode.", one.mode), tr("handover.rule.", one.rule), one.author, dateTime(one.started_at)].filter(Boolean).join(" · ")} actions={<Tools whole={whole} />}>
      {one.error && <p className="handover-hint" role="status"><Icon name="alert" size={16} />{t("handover.held", { why: tr("handover.error.", one.error.split(" ")[0]) })}</p>}
      <div className="handover-stack">
      <Card>
        <div className="handover-whole"><HandoverState state={one.state} /><progress className="thin" max={100} value={doneOf(one)} aria-label={t("handover.progress")} /><b className="num">{exact(one.moved)} / {exact(one.total)}</b></div>
        <dl className="handover-facts">
          {ITEM_STATES.filter((state) => one[state] > 0).map((state) => <div key={state}><dt>{tr("handover.item.", state)}</dt><dd className="num">{exact(one[state])}</dd></div>)}
        </dl>
        {one.state === "running" && one.next_at && <p className="dim">{t("handover.next_at", { at: dateTime(one.next_at) })}</p>}
      </Card>
      <Card flush>
        <div className="flush-head"><h2>{t("handover.receivers")}</h2></div>
        <Rows<Whole["receivers"][number]> label={t("handover.receivers")} rowKey="staff_id" list={{ data: whole.receivers, error: null, refetch: () => {} }} empty={{ title: t("handover.none") }}
          columns={[
            { title: t("handover.receiver"), key: "name", render: (_, row) => <b>{row.name}</b> },
            { title: t("handover.gets"), key: "total", align: "right", render: (_, row) => <span className="num">{exact(row.total)}</span> },
            { title: t("handover.item.moved"), key: "moved", align: "right", render: (_, row) => <span className="num">{exact(row.moved)}</span> },
            { title: t("handover.no"), key: "no", align: "right", render: (_, row) => <span className="num">{row.refused ? exact(row.refused) : "–"}</span> },
          ]} />
      </Card>
      <Items whole={whole} />
      </div>
    </Page>
  );
}

function Tools({ whole }: { whole: Whole }) {
  const { t } = useText();
  const { modal, message } = App.useApp();
  const run = useMay()("handover.run");
  const one = whole.handover;
  const path = { handover: one.id };
  const pause = useAct(() => api.post("/v1/handovers/{handover}:pause", { path }), { touches: [...TOUCHED] });
  const resume = useAct(() => api.post("/v1/handovers/{handover}:resume", { path }), { touches: [...TOUCHED] });
  const cancel = useAct(() => api.post("/v1/handovers/{handover}:cancel", { path }), { touches: [...TOUCHED] });
  const retry = useAct(() => api.post("/v1/handovers/{handover}:retry", { path }), { touches: [...TOUCHED], done: (reply) => void message.success(t("handover.retried", { count: reply.data.planned })) });
  if (!run) return null;
  const open = one.state === "running" || one.state === "paused";
  const stop = () => modal.confirm({ title: t("handover.cancel.ask"), content: t("handover.cancel.text"), okText: t("handover.cancel"), okButtonProps: { danger: true }, onOk: () => cancel.mutateAsync(undefined).catch(() => {}) });
  return (
    <>
      {one.state === "running" && <Button loading={pause.isPending} onClick={() => pause.mutate(undefined)}>{t("handover.pause")}</Button>}
      {one.state === "paused" && <Button type="primary" loading={resume.isPending} onClick={() => resume.mutate(undefined)}>{t("handover.resume")}</Button>}
      {one.state !== "cancelled" && failedOf(one) > 0 && <Button loading={retry.isPending} onClick={() => retry.mutate(undefined)}>{t("handover.retry")}</Button>}
      {open && <Button danger onClick={stop}>{t("handover.cancel")}</Button>}
    </>
  );
}

function Items({ whole }: { whole: Whole }) {
  const { t, tr, dateTime } = useText();
  const [params, setParams] = useParams();
  const state = ITEM_STATES.find((one) => one === params.state);
  const kind = params.kind === "person" || params.kind === "group" ? params.kind : undefined;
  const to = whole.receivers.some((one) => one.staff_id === params.to) ? params.to : undefined;
  const list = useList("/v1/handovers/{handover}/items", { path: { handover: whole.handover.id }, query: { ...(state && { state }), ...(kind && { kind }), ...(to && { to }), limit: 50 } }, (row) => row.id, { refetchInterval: 15_000, cursor: "cursor" });
  return (
    <Card flush>
      <div className="flush-head"><h2>{t("handover.items")}</h2></div>
      <div className="handover-filter">
        <Select allowClear value={state} aria-label={t("handover.state")} placeholder={t("handover.state")} onChange={(next?: string) => setParams({ state: next })} options={ITEM_STATES.map((value) => ({ value, label: tr("handover.item.", value) }))} />
        <Select allowClear value={kind} aria-label={t("handover.what")} placeholder={t("handover.what")} onChange={(next?: string) => setParams({ kind: next })} options={[{ value: "person", label: t("handover.people") }, { value: "group", label: t("handover.groups") }]} />
        <Select allowClear value={to} aria-label={t("handover.receiver")} placeholder={t("handover.receiver")} onChange={(next?: string) => setParams({ to: next })} options={whole.receivers.map((one) => ({ value: one.staff_id, label: one.name }))} />
      </div>
      <Rows<Item> label={t("handover.items")} rowKey="id" list={list} empty={{ title: t("handover.none"), action: <Button onClick={() => setParams({ state: undefined, kind: undefined, to: undefined })}>{t("people.clear")}</Button> }}
        columns={[
          { title: t("handover.item"), key: "name", render: (_, row) => (row.kind === "person" && row.person_id ? <PersonLink id={row.person_id} name={row.name} /> : <span className="row"><Icon name="people" size={16} />{row.name || t("handover.group")}</span>) },
          { title: t("handover.receiver"), key: "to", render: (_, row) => row.to_name || "–" },
          { title: t("handover.state"), key: "state", render: (_, row) => <ItemState state={row.state} /> },
          { title: t("handover.why"), key: "why", render: (_, row) => (row.error ? tr("handover.error.", row.error.split(" ")[0]) : "–") },
          { title: t("handover.at"), key: "at", render: (_, row) => dateTime(row.ended_at ?? row.asked_at ?? row.try_at) },
        ]} />
    </Card>
  );
}
