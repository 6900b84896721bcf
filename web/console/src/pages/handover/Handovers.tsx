/// Handovers: who gave, how far it is, what needs somebody.
import { Button } from "antd";
import { Link, useNavigate } from "@tanstack/react-router";
import { useList } from "@/app/lists";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Monogram } from "@/parts/people";
import { Rows } from "@/parts/Rows";
import { doneOf, failedOf, type HandoverRow } from "./door";
import { HandoverState } from "./pills";
import "./handover.css";

const STATES = ["running", "paused", "done", "cancelled"] as const;

export default function Handovers() {
  const { t, tr, exact, ago } = useText();
  const go = useNavigate();
  const run = useMay()("handover.run");
  const [params, setParams] = useParams();
  const state = STATES.find((one) => one === params.state);
  const list = useList("/v1/handovers", { query: { ...(state && { state }), limit: 50 } }, (row) => row.id, { refetchInterval: 15_000, cursor: "cursor" });
  const create = run && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => void go({ to: "/handovers/new" })}>{t("handover.new")}</Button>;
  return (
    <Page title={t("nav.handovers")} lead={t("handover.lead")} actions={create}>
      <div className="handover-toggles" role="group" aria-label={t("handover.state")}>
        {STATES.map((one) => <button key={one} type="button" aria-pressed={state === one} onClick={() => setParams({ state: state === one ? undefined : one })}>{tr("handover.state.", one)}</button>)}
      </div>
      <Card flush>
        <Rows<HandoverRow> label={t("nav.handovers")} rowKey="id" list={list}
          empty={state ? { title: t("handover.none"), action: <Button onClick={() => setParams({ state: undefined })}>{t("people.clear")}</Button> } : { title: t("handover.first"), text: t("handover.first.text"), action: create }}
          columns={[
            { title: t("handover.from"), key: "from", render: (_, row) => <Link className="person-link" to="/handovers/$id" params={{ id: row.id }}><Monogram name={row.from_name} size={28} /><span>{row.from_name}</span></Link> },
            { title: t("handover.mode"), key: "mode", render: (_, row) => tr("handover.mode.", row.mode) },
            { title: t("handover.state"), key: "state", render: (_, row) => <HandoverState state={row.state} /> },
            { title: t("handover.progress"), key: "progress", width: 190, render: (_, row) => <span className="handover-bar"><progress className="thin" max={100} value={doneOf(row)} aria-label={t("handover.progress")} /><span className="num">{exact(row.moved)} / {exact(row.total)}</span></span> },
            { title: t("handover.no"), key: "no", align: "right", render: (_, row) => <span className="num">{failedOf(row) ? exact(failedOf(row)) : "–"}</span> },
            { title: t("handover.started"), key: "at", render: (_, row) => ago(row.started_at) },
          ]} />
      </Card>
    </Page>
  );
}
