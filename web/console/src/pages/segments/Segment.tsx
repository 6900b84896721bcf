/// One segment: how it grows, who is in and why, how they differ from everybody, who else has them, who relies on it.
import { App, Button, Dropdown, type MenuProps } from "antd";
import { Link, useNavigate, useParams as usePath } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { api } from "@shared/client";
import { sayProblem, useAct, useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { asProblem, Bones, Failure } from "@/parts/States";
import { Tabs } from "@/parts/Tabs";
import { TOUCHED, type Segment as Data } from "./door";
import { Overview } from "./Overview";
import { ModePill, StatePill } from "./pills";
import "./segments.css";

const Backfill = lazy(() => import("./Backfill"));
const Members = lazy(() => import("./Members"));
const MoreTabs = lazy(() => import("./MoreTabs"));
const Profile = lazy(() => import("./Profile"));
const SnapshotSheet = lazy(() => import("./SnapshotSheet"));
const TABS = ["overview", "people", "profile", "overlap", "use", "versions"] as const;

export default function Segment() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id: string };
  // A segment that is being filled is looked at again until it is full.
  const query = useGet("/v1/segments/{segment}", { path: { segment: id } }, { refetchInterval: (found) => (found.state.data?.state === "filling" ? 1_000 : 15_000) });
  const segment = query.data;
  useEffect(() => {
    document.title = `${segment?.name ?? t("nav.segments")} · Koipond`;
  }, [segment?.name, t]);
  if (segment) return <Whole key={segment.id} segment={segment} refresh={() => void query.refetch()} />;
  return (
    <>
      <h1 className="visually-hidden">{t("nav.segments")}</h1>
      {query.error ? <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} /> : <Card><Bones lines={10} /></Card>}
    </>
  );
}

function Whole({ segment, refresh }: { segment: Data; refresh: () => void }) {
  const { t, tr, lang, exact } = useText();
  const may = useMay();
  const [{ tab }, setParams] = useParams();
  const shown = TABS.find((one) => one === tab) ?? "overview";
  const panels: Record<(typeof TABS)[number], React.ReactNode> = {
    overview: <Overview segment={segment} />,
    people: <Members segment={segment} />,
    profile: <Profile segment={segment} />,
    overlap: <MoreTabs tab="overlap" segment={segment} />,
    use: <MoreTabs tab="use" segment={segment} />,
    versions: <MoreTabs tab="versions" segment={segment} />,
  };
  return (
    <>
      <header className="seg-head">
        <div>
          <div className="row"><h1 tabIndex={-1}>{segment.name}</h1><ModePill mode={segment.mode} />{segment.archived_at ? <StatePill state="archived" /> : segment.mode === "live" && <StatePill state={segment.state} />}{segment.tag && <span className="chip plain"><Icon name="tag" size={13} />{segment.tag}</span>}</div>
          {segment.description && <p className="dim">{segment.description}</p>}
          <p className="seg-said">{lang === "en" ? segment.sentence.en : segment.sentence.zh}</p>
        </div>
        <div className="seg-figure"><b className="num">{segment.size === null ? "–" : exact(segment.size)}</b><span className="dim">{t("seg.people")}</span></div>
        <div className="row seg-head-tools">
          <AsOf at={segment.filled_at ?? undefined} refresh={refresh} />
          {may("segment.write") && !segment.archived_at && segment.mode !== "fixed" && <Link className="ant-btn-like" to="/segments/$id/edit" params={{ id: segment.id }}><Icon name="edit" size={15} />{t("do.edit")}</Link>}
          <Menu segment={segment} />
        </div>
      </header>
      <Tabs label={segment.name} value={shown} onChange={(key) => setParams({ tab: key === "overview" ? undefined : key })} items={TABS.map((key) => ({ key, label: tr("seg.tab.", key), children: <Suspense fallback={<Card><Bones lines={6} /></Card>}>{panels[key]}</Suspense> }))} />
    </>
  );
}

function Menu({ segment }: { segment: Data }) {
  const { t } = useText();
  const { modal, message } = App.useApp();
  const go = useNavigate();
  const may = useMay()("segment.write");
  const [snapping, setSnapping] = useState<boolean>(); // undefined: never opened, and not fetched
  const [filling, setFilling] = useState(false);
  const archive = useAct((archived: boolean) => api.patch("/v1/segments/{segment}", { path: { segment: segment.id }, body: { archived }, version: segment.ver }), { touches: [...TOUCHED] });
  const remove = useAct((_: void, key) => api.delete("/v1/segments/{segment}", { path: { segment: segment.id }, version: segment.ver, key }), { touches: ["/v1/segments", "/v1/segments/vocabulary"], done: () => void go({ to: "/segments" }), quiet: true });
  const ask = () => void modal.confirm({ title: t("seg.delete.ask", { name: segment.name }), content: t("seg.delete.text"), okText: t("do.delete"), okButtonProps: { danger: true },
    onOk: () => remove.mutateAsync().catch((problem) => { void modal.error({ title: asProblem(problem).title, content: asProblem(problem).detail || sayProblem(asProblem(problem)) }); }) });
  const items: MenuProps["items"] = [
    { key: "copy", label: t("seg.copy.text"), onClick: () => void navigator.clipboard?.writeText(segment.text).then(() => message.success(t("state.copied"))) },
    ...(may ? [
      { key: "again", label: t("seg.copy.new"), onClick: () => void go({ to: "/segments/new", search: { copy: segment.id } as never }) },
      ...(segment.mode !== "fixed" ? [{ key: "snapshot", label: t("seg.snapshot"), onClick: () => setSnapping(true) }] : []),
      ...(segment.tag && segment.mode === "live" ? [{ key: "backfill", label: t("seg.backfill"), onClick: () => setFilling(true) }] : []),
      { type: "divider" as const },
      { key: "archive", label: t(segment.archived_at ? "seg.restore" : "seg.archive"), onClick: () => archive.mutate(!segment.archived_at) },
      { key: "delete", danger: true, label: t("do.delete"), onClick: ask },
    ] : []),
  ];
  return (
    <>
      <Dropdown trigger={["click"]} autoFocus menu={{ items }} placement="bottomRight"><Button icon={<Icon name="more" size={17} />} aria-label={t("seg.more")} aria-haspopup="menu" /></Dropdown>
      <Suspense fallback={null}>
        {filling && <Backfill segment={segment} onClose={() => setFilling(false)} />}
        {snapping !== undefined && <SnapshotSheet open={snapping} segment={segment} onClose={() => setSnapping(false)} />}
      </Suspense>
    </>
  );
}
