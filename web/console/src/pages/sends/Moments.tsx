/// Moments: what guides were asked to publish, and what it moved.
import { Button } from "antd";
import { Link, useNavigate } from "@tanstack/react-router";
import { useList } from "@/app/lists";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { MOMENT_STATES, type Moment } from "./moments";
import { MomentState } from "./pills";
import "./sends.css";

export default function Moments() {
  const { t, tr, exact, ago } = useText();
  const go = useNavigate();
  const write = useMay()("send.write");
  const [params, setParams] = useParams();
  const state = MOMENT_STATES.find((one) => one === params.state);
  const list = useList("/v1/moments", { query: { ...(state && { state }), limit: 50 } }, (row) => row.id, { refetchInterval: 15_000, cursor: "cursor" });
  const create = write && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => void go({ to: "/moments/new" })}>{t("moment.new")}</Button>;
  return (
    <Page title={t("nav.moments")} lead={t("moment.lead")} actions={create}>
      <div className="send-toggles" role="group" aria-label={t("send.state")}>
        {MOMENT_STATES.map((one) => <button key={one} type="button" aria-pressed={state === one} onClick={() => setParams({ state: state === one ? undefined : one })}>{tr("moment.state.", one)}</button>)}
      </div>
      <Card flush>
        <Rows<Moment> label={t("nav.moments")} rowKey="id" list={list}
          empty={state ? { title: t("moment.none"), action: <Button onClick={() => setParams({ state: undefined })}>{t("people.clear")}</Button> } : { title: t("moment.first"), text: t("moment.first.text"), action: create }}
          columns={[
            { title: t("send.name"), key: "name", render: (_, row) => <Link className="send-name" to="/moments/$id" params={{ id: row.id }}><b>{row.spec.name}</b><small>{row.spec.text || t("send.parts", { count: row.spec.parts.length })}</small></Link> },
            { title: t("send.state"), key: "state", render: (_, row) => <MomentState state={row.state} /> },
            { title: t("moment.published"), key: "published", align: "right", render: (_, row) => <span className="num">{row.guides ? `${exact(row.published)} / ${exact(row.guides)}` : "–"}</span> },
            { title: t("moment.reach"), key: "reach", align: "right", render: (_, row) => <span className="num">{row.reach ? exact(row.reach) : "–"}</span> },
            { title: t("moment.likes"), key: "likes", align: "right", render: (_, row) => <span className="num">{row.likes ? exact(row.likes) : "–"}</span> },
            { title: t("moment.comments"), key: "comments", align: "right", render: (_, row) => <span className="num">{row.comments ? exact(row.comments) : "–"}</span> },
            { title: t("send.made_at"), key: "at", render: (_, row) => ago(row.start_at ?? row.created_at) },
          ]} />
      </Card>
    </Page>
  );
}
