/// Two people that evidence says are one and a rule says are not: somebody has to look.
import { App, Button, Input, Segmented } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct, useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { PersonLink, StagePill } from "@/parts/people";
import { asProblem, Bones, Failure, Loaded, Nothing } from "@/parts/States";
import { kindOf } from "./IdentityCard";
import "./people.css";

type Case = ReplyOf<"/v1/merge-cases", "get">["data"][number];
type Side = ReplyOf<"/v1/merge-cases/{case}", "get">["a"];
const states = ["open", "merged", "dismissed"] as const;

export default function MergeCases() {
  const { t, tr } = useText();
  const [params, setParams] = useParams();
  const state = states.find((one) => one === params.state) ?? "open";
  const list = useList("/v1/merge-cases", { query: { state, limit: 20 } as never }, (row) => row.id);
  return (
    <Page title={t("nav.identity")} lead={t("cases.lead")}
      actions={<Segmented value={state} aria-label={t("members.state")} onChange={(value) => setParams({ state: value === "open" ? undefined : value })} options={states.map((value) => ({ value, label: tr("cases.state.", value) }))} />}>
      {list.data === undefined ? (list.error ? <Failure problem={asProblem(list.error)} retry={() => void list.refetch()} /> : <Card><Bones lines={8} /></Card>)
        : list.data.length === 0 ? <Card><Nothing title={t(state === "open" ? "cases.none" : "cases.none.other")} text={state === "open" ? t("cases.none.text") : undefined} /></Card>
        : (
          <ul className="stack">
            {list.data.map((one) => <li key={one.id}><One found={one} /></li>)}
            {list.more && <li className="more"><Button onClick={list.fetchMore} loading={list.fetchingMore}>{t("do.more")}</Button></li>}
          </ul>
        )}
    </Page>
  );
}

function One({ found }: { found: Case }) {
  const { t, tr, dateTime } = useText();
  const { modal, message } = App.useApp();
  const [note, setNote] = useState("");
  const path = { case: found.id };
  const sides = useGet("/v1/merge-cases/{case}", { path });
  const touches = ["/v1/merge-cases", "/v1/merge-cases/{case}", "/v1/people", "/v1/people/{person}"] as const;
  const merge = useAct((keep: string) => api.post("/v1/merge-cases/{case}/merge", { path, body: { keep } }), { touches: [...touches], done: () => void message.success(t("cases.merged")) });
  const dismiss = useAct(() => api.post("/v1/merge-cases/{case}/dismiss", { path, body: { note: note || null } }), { touches: [...touches], done: () => void message.success(t("cases.dismissed")) });
  const two = !!found.b && found.b !== found.a;
  const open = found.state === "open";
  const ask = (keep: string) => modal.confirm({ title: t("cases.merge.ask"), content: t("cases.merge.text"), okText: t("cases.merge"), onOk: () => merge.mutateAsync(keep).catch(() => {}) });

  return (
    <Card title={tr("cases.reason.", found.reason)} note={<>{tr("ns.", kindOf(found.ns)[0])} · {t("cases.seen", { times: found.seen })} · {dateTime(found.opened_at)}</>}
      actions={!open && <span className="chip plain">{tr("cases.state.", found.state)}{found.closed_at && ` · ${dateTime(found.closed_at)}`}</span>}>
      <div className="stack">
        <Loaded query={sides} lines={4}>
          {({ a, b }) => (
            <div className="side-by-side">
              <Who side={a} other={b} onKeep={open && two ? () => ask(a.id) : undefined} />
              {b && <Icon name="link" size={22} />}
              {b && <Who side={b} other={a} onKeep={open && two ? () => ask(b.id) : undefined} />}
            </div>
          )}
        </Loaded>
        <p><span className="dim">{t("cases.evidence")}</span> <code>{found.evidence}</code></p>
        {found.note && <p className="dim">{found.note}</p>}
        {open && (
          <div className="row">
            <Input value={note} onChange={(event) => setNote(event.target.value)} maxLength={200} placeholder={t("cases.note")} aria-label={t("cases.note")} style={{ width: 280 }} />
            <Button loading={dismiss.isPending} onClick={() => dismiss.mutate(undefined)}>{t(two ? "cases.dismiss" : "cases.fine")}</Button>
          </div>
        )}
      </div>
    </Card>
  );
}

/// One of the two; what both say alike is marked, because that is the evidence.
function Who({ side, other, onKeep }: { side: Side; other: Side | null; onKeep?: () => void }) {
  const { t, tr, money, exact, day } = useText();
  const alike = (ns: string, value: string) => !!other?.identifiers.some((one) => one.ns === ns && one.value === value);
  const same = (text: string | null | undefined, theirs: string | null | undefined) => (text && text === theirs ? <span className="chip koi">{t("cases.same")}</span> : null);
  const further = side.identifiers.filter((one) => one.value !== side.phone && one.value !== side.member_no);
  return (
    <div className="who stack tight">
      <div className="row between"><PersonLink id={side.id} name={side.name} /><StagePill stage={side.stage} /></div>
      <dl className="facts">
        <dt>{t("people.column.phone")}</dt><dd className="num">{side.phone || "–"} {same(side.phone, other?.phone)}</dd>
        <dt>{t("people.column.member_no")}</dt><dd>{side.member_no || "–"}</dd>
        <dt>{t("people.column.orders")}</dt><dd className="num">{t("people.card", { orders: exact(side.orders), paid: money(side.paid_fen) })}</dd>
        <dt>{t("people.column.created")}</dt><dd className="num">{day(side.created_at)}</dd>
        {further.slice(0, 8).map((one) => [
          <dt key={`${one.ns} ${one.value}`}>{tr("ns.", kindOf(one.ns)[0])}</dt>,
          <dd key={`${one.ns} ${one.value}:`}><span className="mono">{one.value}</span> {alike(one.ns, one.value) && <span className="chip koi">{t("cases.same")}</span>}</dd>,
        ])}
      </dl>
      {onKeep && <div><Button type="primary" size="small" onClick={onKeep}>{t("cases.keep")}</Button></div>}
    </div>
  );
}
