/// Live codes: what each brought lately, who is in trouble, and the way to a new one.
import { Button, Dropdown, Input, Select } from "antd";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useList } from "@/app/lists";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Alarms } from "./Alarms";
import { useNames, type CodeRow } from "./door";
import { ShortFunnel } from "./Funnel";
import { CodeState } from "./pills";
import "./codes.css";

const BatchSheet = lazy(() => import("./BatchSheet"));
const PrintSheet = lazy(() => import("./PrintSheet"));
const STATES = ["active", "paused", "deleted"] as const;

export default function Codes() {
  const { t, tr, money } = useText();
  const write = useMay()("code.write");
  const go = useNavigate();
  const [params, setParams] = useParams();
  const [sheet, setSheet] = useState<"batch" | "print">();
  const [chosen, setChosen] = useState<string[]>([]);
  const names = useNames();
  const state = STATES.find((one) => one === params.state);
  const query = { ...(params.q && { q: params.q }), ...(params.folder && { folder: params.folder }), ...(params.channel && { channel: params.channel }), ...(state && { state }), limit: 50 };
  const list = useList("/v1/codes", { query }, (row) => row.id, { refetchInterval: 20_000, cursor: "cursor" });
  const filtered = !!(params.q || params.folder || params.channel || state);
  const create = write && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => void go({ to: "/codes/new" })}>{t("code.new")}</Button>;
  const pick = (field: "folder" | "channel", options: string[]) => options.length > 0 && (
    <Select allowClear value={params[field]} aria-label={t(field === "folder" ? "code.folder" : "code.channel")} placeholder={t(field === "folder" ? "code.folder" : "code.channel")}
      options={options.map((value) => ({ value, label: value }))} onChange={(value?: string) => setParams({ [field]: value })} popupMatchSelectWidth={false} style={{ minWidth: 130 }} />
  );
  return (
    <Page title={t("nav.codes")} lead={t("code.lead")}
      actions={
        <>
          <Link className="ant-btn-like" to="/codes/load"><Icon name="clock" size={15} />{t("code.load")}</Link>
          <Dropdown trigger={["click"]} autoFocus menu={{ items: [...(write ? [{ key: "batch", label: t("code.batch") }] : []), { key: "print", label: t("code.print"), disabled: !list.data?.length }, { key: "places", label: t("code.places") }],
            onClick: ({ key }) => (key === "places" ? void go({ to: "/codes/places" }) : setSheet(key as "batch")) }}>
            <Button aria-haspopup="menu" aria-label={t("code.more")} icon={<Icon name="more" size={16} />} />
          </Dropdown>
          {create}
        </>
      }>
      <Alarms />
      <div className="code-filter">
        <Input.Search className="find" enterButton={false} placeholder={t("code.search")} aria-label={t("code.search")} key={params.q ?? ""} defaultValue={params.q} onSearch={(q) => setParams({ q: q.trim() || undefined })} />
        {pick("channel", names.channels)}
        {pick("folder", names.folders)}
        <div className="code-toggles" role="group" aria-label={t("code.state")}>
          {STATES.map((one) => <button key={one} type="button" aria-pressed={state === one} onClick={() => setParams({ state: state === one ? undefined : one })}>{tr("code.state.", one)}</button>)}
        </div>
      </div>
      <Card flush>
        <Rows<CodeRow> label={t("nav.codes")} rowKey="id" list={list}
          empty={filtered ? { title: t("code.none"), text: t("code.none.text"), action: <Button onClick={() => setParams({ q: undefined, folder: undefined, channel: undefined, state: undefined })}>{t("people.clear")}</Button> }
            : { title: t("code.first"), text: t("code.first.text"), action: create }}
          columns={[
            { title: t("keys.name"), key: "name", render: (_, row) => (
              <span className="code-name"><span className="row"><Link to="/codes/$id" params={{ id: row.id }}>{row.name}</Link><CodeState state={row.state} alarms={row.alarms} quiet /></span>
                <small>{[row.channel, row.folder].filter(Boolean).join(" · ") || tr("code.kind.", row.kind)}</small></span>) },
            { title: t("code.funnel.days", { days: 30 }), key: "funnel", width: 250, render: (_, row) => <ShortFunnel sums={row.sums} /> },
            { title: t("code.cost_per_add"), key: "cost", width: 110, align: "right", render: (_, row) => <span className="num">{row.cost_fen > 0 && row.sums.adds > 0 ? money(Math.round(row.cost_fen / row.sums.adds)) : "–"}</span> },
            { title: t("code.sales"), key: "sales", width: 120, align: "right", render: (_, row) => <span className="num">{row.sums.order_fen ? money(row.sums.order_fen) : "–"}</span> },
          ]} />
      </Card>
      <Suspense fallback={null}>
        {sheet === "batch" && <BatchSheet onClose={() => setSheet(undefined)} />}
        {sheet === "print" && <PrintSheet codes={list.data ?? []} chosen={chosen} onChoose={setChosen} onClose={() => setSheet(undefined)} />}
      </Suspense>
    </Page>
  );
}
