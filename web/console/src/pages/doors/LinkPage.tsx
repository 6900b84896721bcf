/// One short link: its code, who opened it on which day, where they went.
import { Button } from "antd";
import { useNavigate, useParams as usePath } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { api } from "@shared/client";
import { rangeOf } from "@/app/days";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { asProblem, Bones, Failure, Loaded, Nothing } from "@/parts/States";
import { LINKS, useLink, type Link, type LinkStats } from "./door";
import { DayBars, Figures, Head, Rest, Span, useSpan } from "./parts";

const LinkSheet = lazy(() => import("./LinkSheet"));

export default function LinkPage() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id: string };
  const query = useLink(id);
  useEffect(() => {
    document.title = `${query.data?.spec.name ?? t("nav.links")} · Koipond`;
  }, [query.data?.spec.name, t]);
  if (query.data) return <Whole link={query.data} />;
  return <><h1 className="visually-hidden">{t("nav.links")}</h1>{query.error ? <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} /> : <Card><Bones lines={8} /></Card>}</>;
}

function Whole({ link }: { link: Link }) {
  const { t } = useText();
  const go = useNavigate();
  const write = useMay()("link.write");
  const [open, setOpen] = useState(false);
  const span = useSpan();
  const path = { link: link.id };
  const query = useGet("/v1/links/{link}/stats", { path, query: rangeOf(Number(span.span)) }, { refetchInterval: 20_000 });
  const pause = useAct(() => api.post("/v1/links/{link}:pause", { path }), { touches: [...LINKS] });
  const resume = useAct(() => api.post("/v1/links/{link}:resume", { path }), { touches: [...LINKS] });
  const remove = useAct(() => api.delete("/v1/links/{link}", { path }), { touches: [...LINKS], done: () => void go({ to: "/links" }) });
  const qr = (format: string) => `/v1/links/${link.id}/qr?format=${format}`;
  return (
    <>
      <Head name={link.spec.name} state={link.state} about={[link.spec.channel, link.spec.folder].filter(Boolean).join(" · ")} url={link.url} note={link.spec.note}
        picture={<a className="code-head-qr" href={`${qr("png")}&size=1024`} download={`${link.slug}.png`} title={t("code.qr.save")}><img src={qr("svg")} alt={t("code.qr.of", { name: link.spec.name })} width={132} height={132} /></a>}
        tools={write && link.state !== "deleted" && <><Button icon={<Icon name="edit" size={15} />} onClick={() => setOpen(true)}>{t("do.edit")}</Button>
          <Rest name={link.spec.name} state={link.state} pause={() => pause.mutateAsync(undefined)} resume={() => resume.mutateAsync(undefined)} remove={() => remove.mutateAsync(undefined)} /></>} />
      <div className="row between door-gap"><Span {...span} /><AsOf at={query.data?.as_of} refresh={() => void query.refetch()} /></div>
      <Loaded query={query} lines={8}>{(stats) => <Numbers stats={stats} />}</Loaded>
      <Suspense fallback={null}>{open && <LinkSheet link={link} onClose={() => setOpen(false)} />}</Suspense>
    </>
  );
}

function Numbers({ stats }: { stats: LinkStats }) {
  const { t, exact, money } = useText();
  const { total } = stats;
  if (total.clicks + total.bots + total.asked + total.turned === 0) return <Card><Nothing title={t("link.report.none")} text={t("link.report.none.text")} /></Card>;
  return (
    <div className="stack">
      <Figures lines={[[t("link.clicks"), exact(total.clicks)], [t("door.visitors"), exact(total.visitors)], [t("link.asked"), exact(total.asked)], [t("link.turned"), exact(total.turned)], [t("link.bots"), exact(total.bots)],
        [t("link.cost_per_click"), stats.cost_per_click_fen === null ? "–" : money(stats.cost_per_click_fen)]]} />
      <div className="code-two">
        <Card title={t("door.days")}><DayBars wide={t("link.clicks")} inner={t("door.visitors")} days={stats.days.map((one) => ({ day: one.day, wide: one.clicks, inner: one.visitors }))} /></Card>
        <Card title={t("link.targets")}>
          <ul className="door-bars">{stats.targets.map((one) => (
            <li key={one.target}><span>{one.name || one.target}</span><span className="code-funnel-bar"><i style={{ inlineSize: `${total.clicks ? (one.clicks / total.clicks) * 100 : 0}%` }} /></span><b className="num">{exact(one.clicks)}</b></li>
          ))}</ul>
        </Card>
      </div>
    </div>
  );
}
