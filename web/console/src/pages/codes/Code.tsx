/// One live code: its picture for the poster, what it brought and cost, whom the next visitor would meet.
import { App, Button, Dropdown, Segmented, type MenuProps } from "antd";
import { Link, useNavigate, useParams as usePath } from "@tanstack/react-router";
import { useEffect } from "react";
import { api } from "@shared/client";
import { rangeOf } from "@/app/days";
import { useAct, useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Copy } from "@/parts/Copy";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { asProblem, Bones, Failure, Loaded, Nothing } from "@/parts/States";
import { Tabs } from "@/parts/Tabs";
import { Alarms } from "./Alarms";
import { Days } from "./Days";
import { qrOf, TOUCHED, useCode, type Code as Data, type Stats } from "./door";
import { WholeFunnel } from "./Funnel";
import { LoadTable } from "./LoadTable";
import { CodeState } from "./pills";
import { Try } from "./Try";
import "./codes.css";

const TABS = ["report", "people", "try"] as const;
const SPANS = ["7", "30", "90"] as const;

export default function Code() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id: string };
  const query = useCode(id);
  const code = query.data;
  useEffect(() => {
    document.title = `${code?.spec.name ?? t("nav.codes")} · Koipond`;
  }, [code?.spec.name, t]);
  if (code) return <Whole code={code} />;
  return (
    <>
      <h1 className="visually-hidden">{t("nav.codes")}</h1>
      {query.error ? <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} /> : <Card><Bones lines={10} /></Card>}
    </>
  );
}

function Whole({ code }: { code: Data }) {
  const { t, tr, lang } = useText();
  const may = useMay()("code.write");
  const [{ tab }, setParams] = useParams();
  const shown = TABS.find((one) => one === tab) ?? "report";
  return (
    <>
      <header className="code-head">
        <a className="code-head-qr" href={qrOf(code.id, "png", 1024)} download={`${code.slug}.png`} title={t("code.qr.save")}><img src={qrOf(code.id)} alt={t("code.qr.of", { name: code.spec.name })} width={132} height={132} /></a>
        <div className="code-head-text">
          <div className="row"><h1 tabIndex={-1}>{code.spec.name}</h1><CodeState state={code.state} /></div>
          <p className="dim">{[tr("code.kind.", code.spec.kind), tr("code.assign.", code.spec.assign), code.spec.channel, code.spec.folder].filter(Boolean).join(" · ")}</p>
          <div className="row"><Copy text={code.url} /><Button size="small" href={code.url} target="_blank" rel="noopener" icon={<Icon name="eye" size={14} />}>{t("code.open_page")}</Button></div>
          {code.acquisition.wanted && (
            <div className="row"><span className="chip plain">{t("code.acquisition.link")}</span>
              {code.acquisition.url ? <Copy text={code.acquisition.url} /> : <span className="dim" role="status">{code.acquisition.error || t("code.acquisition.making")}</span>}</div>
          )}
          {code.spec.note && <p className="code-note">{code.spec.note}</p>}
        </div>
        <div className="row code-head-tools">
          {may && code.state !== "deleted" && <Link className="ant-btn-like" to="/codes/$id/edit" params={{ id: code.id }}><Icon name="edit" size={15} />{t("do.edit")}</Link>}
          <Menu code={code} />
        </div>
      </header>
      <Alarms code={code.id} />
      {code.ways_waiting > 0 && <p className="code-hint"><Icon name="info" size={16} />{t("code.ways.waiting", { waiting: code.ways_waiting, ready: code.ways_ready })}</p>}
      {code.advice.map((line) => <p key={line.code + line.pointer} className="code-hint"><Icon name="info" size={16} />{lang === "en" ? line.en : line.zh}</p>)}
      <Tabs label={code.spec.name} value={shown} onChange={(key) => setParams({ tab: key === "report" ? undefined : key })} items={[
        { key: "report", label: t("code.tab.report"), children: <Report code={code} /> },
        { key: "people", label: t("code.tab.people"), children: <LoadTable code={code.id} /> },
        { key: "try", label: t("code.tab.try"), children: <Try code={code} /> },
      ]} />
    </>
  );
}

function Menu({ code }: { code: Data }) {
  const { t } = useText();
  const { modal } = App.useApp();
  const go = useNavigate();
  const may = useMay()("code.write");
  const path = { code: code.id };
  const pause = useAct(() => api.post("/v1/codes/{code}:pause", { path }), { touches: [...TOUCHED] });
  const resume = useAct(() => api.post("/v1/codes/{code}:resume", { path }), { touches: [...TOUCHED] });
  const remove = useAct(() => api.post("/v1/codes/{code}:delete", { path }), { touches: [...TOUCHED], done: () => void go({ to: "/codes" }) });
  const live = may && code.state !== "deleted";
  const items: MenuProps["items"] = [
    { key: "svg", label: <a href={qrOf(code.id, "svg")} download={`${code.slug}.svg`}>{t("code.qr.svg")}</a> },
    { key: "png", label: <a href={qrOf(code.id, "png", 1024)} download={`${code.slug}.png`}>{t("code.qr.png")}</a> },
    ...(may ? [{ key: "copy", label: t("code.copy") }] : []),
    ...(live ? [{ key: code.state === "paused" ? "resume" : "pause", label: t(code.state === "paused" ? "code.resume" : "code.pause") }, { key: "delete", danger: true, label: t("do.delete") }] : []),
  ];
  const act = (key: string) => {
    if (key === "copy") void go({ to: "/codes/new", search: { copy: code.id } as never });
    if (key === "resume") resume.mutate(undefined);
    if (key === "pause") modal.confirm({ title: t("code.pause.ask", { name: code.spec.name }), content: t("code.pause.text"), okText: t("code.pause"), onOk: () => pause.mutateAsync(undefined).catch(() => {}) });
    if (key === "delete") modal.confirm({ title: t("code.delete.ask", { name: code.spec.name }), content: t("code.delete.text"), okText: t("do.delete"), okButtonProps: { danger: true }, onOk: () => remove.mutateAsync(undefined).catch(() => {}) });
  };
  return <Dropdown trigger={["click"]} autoFocus menu={{ items, onClick: ({ key }) => act(key) }}><Button aria-haspopup="menu" aria-label={t("code.more")} icon={<Icon name="more" size={16} />} /></Dropdown>;
}

function Report({ code }: { code: Data }) {
  const { t } = useText();
  const [params, setParams] = useParams();
  const span = SPANS.find((one) => one === params.days) ?? "30";
  const query = useGet("/v1/codes/{code}/stats", { path: { code: code.id }, query: rangeOf(Number(span)) }, { refetchInterval: 20_000 });
  return (
    <>
      <div className="row between" style={{ marginBottom: 12 }}>
        <Segmented aria-label={t("code.days")} value={span} onChange={(next) => setParams({ days: next === "30" ? undefined : next })} options={SPANS.map((value) => ({ value, label: t("code.days.span", { days: value }) }))} />
        <AsOf at={query.data?.as_of} refresh={() => void query.refetch()} />
      </div>
      <Loaded query={query} lines={8}>{(stats) => <Numbers stats={stats} />}</Loaded>
    </>
  );
}

function Numbers({ stats }: { stats: Stats }) {
  const { t, exact, money, percent } = useText();
  const { funnel } = stats;
  if (funnel.scans + funnel.adds === 0) return <Card><Nothing title={t("code.report.none")} text={t("code.report.none.text")} /></Card>;
  const rate = (part: number) => (funnel.adds > 0 ? percent(Math.round((part / funnel.adds) * 10_000)) : "–");
  const figures: [string, string][] = [
    [t("code.figure.adds"), exact(funnel.adds)],
    [t("code.figure.replied_24h"), rate(stats.replied_24h)],
    [t("code.figure.lost_7d"), rate(stats.lost_7d)],
    [t("code.sales"), money(funnel.order_fen)],
    [t("code.cost_per_add"), stats.cost_per_add_fen === null ? "–" : money(stats.cost_per_add_fen)],
    [t("code.figure.payback"), stats.payback_bps === null ? "–" : percent(stats.payback_bps)],
  ];
  return (
    <div className="stack">
      <dl className="code-figures">{figures.map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="num">{value}</dd></div>)}</dl>
      {!stats.whole && <p className="code-hint"><Icon name="info" size={16} />{t("code.report.part")}</p>}
      <div className="code-two">
        <Card title={t("code.funnel")} note={t("code.funnel.note")}><WholeFunnel sums={funnel} /></Card>
        <Card title={t("code.days.chart")}><Days days={stats.days} hours={stats.hours} /></Card>
      </div>
      <Card flush><StaffLines stats={stats} /></Card>
    </div>
  );
}

function StaffLines({ stats }: { stats: Stats }) {
  const { t, tr, exact, money } = useText();
  const steps = ["scans", "adds", "replied", "grouped", "ordered", "lost"] as const;
  return (
    <Rows<Stats["staff"][number]> label={t("code.staff")} rowKey={(line) => line.staff_id ?? ""} list={{ data: stats.staff, error: null, refetch: () => {} }} empty={{ title: t("code.report.none") }}
      columns={[
        { title: t("code.staff.guide"), key: "name", render: (_, line) => (line.staff_id ? line.name || line.staff_id : t("code.staff.nobody")) },
        ...steps.map((step) => ({ title: tr("code.funnel.", step), key: step, align: "right" as const, render: (_: unknown, line: Stats["staff"][number]) => <span className="num">{exact(line[step])}</span> })),
        { title: t("code.sales"), key: "sales", align: "right", render: (_, line) => <span className="num">{line.order_fen ? money(line.order_fen) : "–"}</span> },
      ]} />
  );
}
