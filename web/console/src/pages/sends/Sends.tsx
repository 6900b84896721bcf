/// Mass sends: what was said to how many, and how far it is.
import { Button } from "antd";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useList } from "@/app/lists";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { doneOf, STATES, type Send } from "./door";
import { SendState } from "./pills";
import "./sends.css";

const Caps = lazy(() => import("./Caps"));

export default function Sends() {
  const { t, tr, exact, ago } = useText();
  const go = useNavigate();
  const may = useMay();
  const write = may("send.write");
  const [params, setParams] = useParams();
  const state = STATES.find((one) => one === params.state);
  const list = useList("/v1/sends", { query: { ...(state && { state }), limit: 50 } }, (row) => row.id, { refetchInterval: 15_000, cursor: "cursor" });
  const create = write && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => void go({ to: "/sends/new" })}>{t("send.new")}</Button>;
  return (
    <Page title={t("nav.sends")} lead={t("send.lead")} actions={<>{may("channel.write") && <Suspense><Caps /></Suspense>}{create}</>}>
      <div className="send-toggles" role="group" aria-label={t("send.state")}>
        {STATES.map((one) => <button key={one} type="button" aria-pressed={state === one} onClick={() => setParams({ state: state === one ? undefined : one })}>{tr("send.state.", one)}</button>)}
      </div>
      <Card flush>
        <Rows<Send> label={t("nav.sends")} rowKey="id" list={list}
          empty={state ? { title: t("send.none"), action: <Button onClick={() => setParams({ state: undefined })}>{t("people.clear")}</Button> } : { title: t("send.first"), text: t("send.first.text"), action: create }}
          columns={[
            { title: t("send.name"), key: "name", render: (_, row) => <Link className="send-name" to="/sends/$id" params={{ id: row.id }}><b>{row.spec.name}</b><small>{row.spec.text || t("send.parts", { count: row.spec.parts.length })}</small></Link> },
            { title: t("send.to"), key: "kind", render: (_, row) => tr("send.kind.", row.kind) },
            { title: t("send.state"), key: "state", render: (_, row) => <SendState state={row.state} /> },
            { title: t("send.arrived"), key: "sent", width: 190, render: (_, row) => (row.total > 0 ? <span className="send-bar"><progress className="thin" max={100} value={doneOf(row)} aria-label={t("send.arrived")} /><span className="num">{exact(row.sent)} / {exact(row.total)}</span></span> : "–") },
            { title: t("send.guides"), key: "guides", align: "right", render: (_, row) => <span className="num">{row.tasks > 0 ? `${exact(row.confirmed)} / ${exact(row.tasks)}` : "–"}</span> },
            { title: t("send.made_at"), key: "at", render: (_, row) => ago(row.start_at ?? row.created_at) },
          ]} />
      </Card>
    </Page>
  );
}
