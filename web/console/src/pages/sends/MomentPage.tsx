/// One moment: who has published it, who saw it, who liked it or said something.
import { App, Button, Input } from "antd";
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
import { MOMENT_TOUCHED, type Moment, type MomentGuide, type Reaction } from "./moments";
import { MomentState } from "./pills";
import "../codes/codes.css";
import "./sends.css";

const BUSY = ["sending", "asked"];
const LISTS = ["/v1/moments/{moment}/guides", "/v1/moments/{moment}/reactions"];

export default function MomentPage() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id: string };
  const query = useGet("/v1/moments/{moment}", { path: { moment: id } }, { refetchInterval: (found) => (BUSY.includes(found.state.data?.state ?? "") ? 2000 : 15_000) });
  if (query.data) return <Loaded one={query.data} />;
  return <Page title={t("nav.moments")}>{query.error ? <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} /> : <Card><Bones lines={10} /></Card>}</Page>;
}

function Loaded({ one }: { one: Moment }) {
  const { t, tr, exact, dateTime } = useText();
  const [params, setParams] = useParams();
  useMoved(one.state, LISTS);
  const tab = params.tab === "reactions" ? "reactions" : "guides";
  const facts: [string, number][] = [["guides", one.guides], ["published", one.published], ["reach", one.reach], ["likes", one.likes], ["comments", one.comments]];
  return (
    <Page title={one.spec.name} lead={[one.author, dateTime(one.start_at ?? one.created_at)].filter(Boolean).join(" · ")} actions={<Tools one={one} />}>
      {one.error && <p className="send-hint" role="alert"><Icon name="alert" size={16} />{one.error.startsWith("connect.moment_unknown") ? t("moment.unknown") : one.error}</p>}
      <div className="send-desk">
        <div className="send-stack">
          <Card>
            <div className="send-whole">
              <MomentState state={one.state} />
              {one.state === "sending" && one.start_at && <span className="dim" role="status">{t("send.begins", { at: dateTime(one.start_at) })}</span>}
              {one.state === "sent" && <span className="dim">{t("moment.note")}</span>}
            </div>
            {one.made_at && <dl className="send-facts">{facts.map(([key, n]) => <div key={key}><dt>{tr("moment.fact.", key)}</dt><dd className="num">{exact(n)}</dd></div>)}</dl>}
          </Card>
          <Tabs label={t("moment.parts_of")} value={tab} onChange={(key) => setParams({ tab: key === "guides" ? undefined : key })} items={[{ key: "guides", label: t("send.guides"), children: <Guides one={one} /> }, { key: "reactions", label: t("moment.reactions"), children: <Reactions one={one} /> }]} />
        </div>
        <ChatPhone text={one.spec.text} parts={one.spec.parts as Part[]} title={t("nav.moments")} />
      </div>
    </Page>
  );
}

function Tools({ one }: { one: Moment }) {
  const { t } = useText();
  const { modal } = App.useApp();
  const go = useNavigate();
  const may = useMay();
  const [later, setLater] = useState("");
  const path = { moment: one.id };
  const touches = [...MOMENT_TOUCHED];
  const start = useAct((at: string | undefined) => api.post("/v1/moments/{moment}:start", { path, body: at ? { at } : {} }), { touches });
  const stop = useAct(() => api.post("/v1/moments/{moment}:stop", { path }), { touches });
  const refresh = useAct(() => api.post("/v1/moments/{moment}:refresh", { path }), { touches });
  const drop = useAct(() => api.delete("/v1/moments/{moment}", { path }), { touches, done: () => void go({ to: "/moments" }) });
  const begun = one.state !== "sending" || (!!one.start_at && Date.now() > Date.parse(one.start_at));
  const open = ["sending", "asked", "sent"].includes(one.state);
  const ask = () => modal.confirm({ title: t("moment.start.ask"), content: t(later ? "send.start.later" : "send.start.text"), okText: t("moment.start"), onOk: () => start.mutateAsync(later ? new Date(later).toISOString() : undefined).catch(() => {}) });
  const end = () => modal.confirm({ title: t(begun ? "moment.stop.ask" : "send.back.ask"), content: begun ? t("moment.stop.text") : undefined, okText: t(begun ? "send.stop" : "send.back"), okButtonProps: { danger: begun }, onOk: () => stop.mutateAsync(undefined).catch(() => {}) });
  return (
    <>
      {one.state === "draft" && may("send.write") && <Button onClick={() => void go({ to: "/moments/$id/edit", params: { id: one.id } })}>{t("do.edit")}</Button>}
      {one.state === "draft" && may("send.write") && <Button danger onClick={() => modal.confirm({ title: t("send.delete.ask"), okText: t("do.delete"), okButtonProps: { danger: true }, onOk: () => drop.mutateAsync(undefined).catch(() => {}) })}>{t("do.delete")}</Button>}
      {one.state === "draft" && may("send.run") && (
        <>
          <label className="send-when"><span className="dim">{t(later ? "send.when" : "send.now")}</span><Input type="datetime-local" value={later} onChange={(event) => setLater(event.target.value)} aria-label={t("send.when")} /></label>
          <Button type="primary" icon={<Icon name="bolt" size={16} />} loading={start.isPending} onClick={ask}>{t("moment.start")}</Button>
        </>
      )}
      {one.state === "sent" && <Button loading={refresh.isPending} onClick={() => refresh.mutate(undefined)}>{t("send.refresh")}</Button>}
      {open && may("send.run") && <Button danger={begun} onClick={end}>{t(begun ? "send.stop" : "send.back")}</Button>}
    </>
  );
}

function Guides({ one }: { one: Moment }) {
  const { t, exact, dateTime } = useText();
  const query = useGet("/v1/moments/{moment}/guides", { path: { moment: one.id } }, { refetchInterval: 15_000 });
  return (
    <Card flush>
      <Rows<MomentGuide> label={t("send.guides")} rowKey="userid" list={{ data: query.data?.data, error: query.error, refetch: query.refetch }} empty={{ title: t("moment.no_guides") }}
        columns={[
          { title: t("send.guide"), key: "name", render: (_, row) => row.staff_name || row.userid },
          { title: t("moment.published"), key: "at", render: (_, row) => (row.published_at ? <span className="chip good">{dateTime(row.published_at)}</span> : <span className="chip plain">{t("moment.not_yet")}</span>) },
          { title: t("moment.reach"), key: "reach", align: "right", render: (_, row) => <span className="num">{row.reach ? exact(row.reach) : "–"}</span> },
          { title: t("moment.likes"), key: "likes", align: "right", render: (_, row) => <span className="num">{row.likes ? exact(row.likes) : "–"}</span> },
          { title: t("moment.comments"), key: "comments", align: "right", render: (_, row) => <span className="num">{row.comments ? exact(row.comments) : "–"}</span> },
        ]} />
    </Card>
  );
}

function Reactions({ one }: { one: Moment }) {
  const { t, tr, dateTime } = useText();
  const list = useList("/v1/moments/{moment}/reactions", { path: { moment: one.id }, query: { limit: 50 } }, (row) => row.id, { refetchInterval: 15_000, cursor: "cursor" });
  return (
    <Card flush>
      <Rows<Reaction> label={t("moment.reactions")} rowKey="id" list={list} empty={{ title: t("moment.no_reactions") }}
        columns={[
          { title: t("send.recipient"), key: "name", render: (_, row) => <PersonLink id={row.person_id} name={row.name} /> },
          { title: t("moment.did"), key: "kind", render: (_, row) => tr("moment.kind.", row.kind) },
          { title: t("send.guide"), key: "staff", render: (_, row) => row.staff_name || "–" },
          { title: t("send.at"), key: "at", render: (_, row) => dateTime(row.at) },
        ]} />
    </Card>
  );
}
