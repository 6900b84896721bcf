/// Segments: the rules that have a name, how many they hold of, what moved today.
import { Button, Dropdown, Input } from "antd";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useList } from "@/app/lists";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import type { SegmentRow } from "./door";
import { ModePill, Moves, StatePill } from "./pills";
import "./segments.css";

const PackSheet = lazy(() => import("./PackSheet"));
const MODES = ["live", "asked", "fixed"] as const;

export default function Segments() {
  const { t, tr, exact } = useText();
  const may = useMay();
  const go = useNavigate();
  const [params, setParams] = useParams();
  const [pack, setPack] = useState<"export" | "import">();
  const mode = MODES.find((one) => one === params.mode);
  const archived = params.archived === "1";
  const list = useList("/v1/segments", { query: { ...(params.q && { q: params.q }), ...(mode && { mode }), ...(archived && { archived: true }), limit: 100 } }, (row) => row.id, { refetchInterval: 20_000, cursor: "cursor" });
  const write = may("segment.write");
  const create = write && <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => void go({ to: "/segments/new" })}>{t("seg.new")}</Button>;
  const filtered = !!params.q || !!mode || archived;
  return (
    <Page title={t("nav.segments")} lead={t("seg.lead")}
      actions={
        <>
          <Dropdown trigger={["click"]} autoFocus menu={{ items: [{ key: "export", label: t("seg.export") }, ...(write ? [{ key: "import", label: t("seg.import") }] : [])], onClick: ({ key }) => setPack(key as "export") }}>
            <Button aria-haspopup="menu" icon={<Icon name="download" size={16} />}>{t("seg.pack")}</Button>
          </Dropdown>
          {create}
        </>
      }>
      <div className="seg-filter">
        <Input.Search className="find" enterButton={false} placeholder={t("seg.search")} aria-label={t("seg.search")} key={params.q ?? ""} defaultValue={params.q} onSearch={(q) => setParams({ q: q.trim() || undefined })} />
        <div className="seg-toggles" role="group" aria-label={t("seg.mode")}>
          {MODES.map((one) => <button key={one} type="button" aria-pressed={mode === one} onClick={() => setParams({ mode: mode === one ? undefined : one })}>{tr("seg.mode.", one)}</button>)}
          <button type="button" aria-pressed={archived} onClick={() => setParams({ archived: archived ? undefined : "1" })}>{t("seg.archived")}</button>
        </div>
      </div>
      <Card flush>
        <Rows<SegmentRow> label={t("nav.segments")} rowKey="id" list={list}
          empty={filtered ? { title: t("seg.none"), text: t("seg.none.text"), action: <Button onClick={() => setParams({ q: undefined, mode: undefined, archived: undefined })}>{t("people.clear")}</Button> } : { title: t("seg.first"), text: t("seg.first.text"), action: create }}
          columns={[
            { title: t("keys.name"), key: "name", render: (_, row) => (
              <span className="seg-name"><Link to="/segments/$id" params={{ id: row.id }}>{row.name}</Link><small title={row.text}>{row.description || row.text}</small></span>) },
            { title: t("seg.mode"), key: "mode", width: 110, render: (_, row) => <ModePill mode={row.mode} /> },
            { title: t("seg.size"), key: "size", width: 110, align: "right", render: (_, row) => <span className="num">{row.size === null ? "–" : exact(row.size)}</span> },
            { title: t("seg.today"), key: "today", width: 150, render: (_, row) => <Moves entered={row.entered_today} left={row.left_today} mode={row.mode} /> },
            { title: t("seg.tag"), key: "tag", width: 140, render: (_, row) => (row.tag ? <span className="chip plain">{row.tag}</span> : "–") },
            { title: t("seg.state"), key: "state", width: 110, render: (_, row) => <StatePill state={row.archived_at ? "archived" : row.state} /> },
          ]} />
      </Card>
      <Suspense fallback={null}>{pack && <PackSheet way={pack} onClose={() => setPack(undefined)} />}</Suspense>
    </Page>
  );
}
