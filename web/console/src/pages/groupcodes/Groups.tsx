/// Group codes: what each brought lately, which pictures end soon, and the way to a new one.
import { Button, Input } from "antd";
import { Link, useNavigate } from "@tanstack/react-router";
import { useList } from "@/app/lists";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { CodeState } from "../codes/pills";
import type { GroupRow } from "./door";
import { ShortSteps } from "./ShortSteps";
import "../codes/codes.css";

const STATES = ["active", "paused", "deleted"] as const;

export default function Groups() {
  const { t, tr, percent } = useText();
  const write = useMay()("code.write");
  const go = useNavigate();
  const [params, setParams] = useParams();
  const state = STATES.find((one) => one === params.state);
  const query = { ...(params.q && { q: params.q }), ...(state && { state }), limit: 50 };
  const list = useList("/v1/group-codes", { query }, (row) => row.id, { refetchInterval: 20_000, cursor: "cursor" });
  const create = write && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => void go({ to: "/group-codes/new" })}>{t("group.new")}</Button>;
  return (
    <Page title={t("nav.groupcodes")} lead={t("group.lead")} actions={create}>
      <div className="code-filter">
        <Input.Search className="find" enterButton={false} placeholder={t("group.search")} aria-label={t("group.search")} key={params.q ?? ""} defaultValue={params.q} onSearch={(q) => setParams({ q: q.trim() || undefined })} />
        <div className="code-toggles" role="group" aria-label={t("code.state")}>
          {STATES.map((one) => <button key={one} type="button" aria-pressed={state === one} onClick={() => setParams({ state: state === one ? undefined : one })}>{tr("code.state.", one)}</button>)}
        </div>
      </div>
      <Card flush>
        <Rows<GroupRow> label={t("nav.groupcodes")} rowKey="id" list={list}
          empty={params.q || state ? { title: t("group.none"), text: t("group.none.text"), action: <Button onClick={() => setParams({ q: undefined, state: undefined })}>{t("people.clear")}</Button> }
            : { title: t("group.first"), text: t("group.first.text"), action: create }}
          columns={[
            { title: t("keys.name"), key: "name", render: (_, row) => (
              <span className="code-name"><Link to="/group-codes/$id" params={{ id: row.id }}>{row.name}</Link>
                <small>{[row.channel, row.folder].filter(Boolean).join(" · ") || tr("group.rule.", row.rule)}</small></span>) },
            { title: t("code.state"), key: "state", width: 110, render: (_, row) => <CodeState state={row.state} alarms={row.alarms} /> },
            { title: t("group.entries"), key: "ready", width: 130, render: (_, row) => <span className="code-name"><span className="num">{t("group.ready", { ready: row.ready, entries: row.entries })}</span><small><Ends at={row.first_image_end} /></small></span> },
            { title: t("code.funnel.days", { days: 30 }), key: "funnel", width: 240, render: (_, row) => <ShortSteps sums={row.sums} /> },
            { title: t("group.stay"), key: "stay", width: 110, align: "right", render: (_, row) => <span className="num">{row.sums.week > 0 ? percent(Math.round((row.sums.stayed / row.sums.week) * 10_000)) : "–"}</span> },
          ]} />
      </Card>
    </Page>
  );
}

function Ends({ at }: { at: string | null | undefined }) {
  const { t, day } = useText();
  return at ? <>{t("group.image.until", { day: day(at) })}</> : null;
}
