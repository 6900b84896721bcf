/// By the month of the first purchase: who came back and what they spent; and how long people take to buy again.
import { Segmented } from "antd";
import { lazy, Suspense, useMemo } from "react";
import { type ReplyOf } from "@shared/client";
import { useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { shade } from "@/charts/shapes";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Card, Page } from "@/parts/Page";
import { Bones, Loaded, Nothing } from "@/parts/States";
import { Meaning } from "@/pages/home/Meaning";
import { useNumbers } from "@/pages/home/numbers";
import { DrillCard } from "./DrillCard";
import { retained } from "./grid";
import "./insight.css";

const EChart = lazy(() => import("@/charts/EChart"));
type Cohorts = ReplyOf<"/v1/insight/cohorts", "get">;
type Intervals = ReplyOf<"/v1/insight/intervals", "get">;
const SHOWN_MONTHS = 13;

export default function Retention() {
  const { t } = useText();
  const [params, setParams] = useParams();
  const shows = params.show === "revenue" ? "revenue" : "people";
  const cohorts = useGet("/v1/insight/cohorts");
  const intervals = useGet("/v1/insight/intervals");
  return (
    <Page title={t("nav.retention")} lead={t("retention.lead")}
      actions={<>
        <Segmented value={shows} aria-label={t("retention.show")} onChange={(show) => setParams({ show: show === "revenue" ? show : undefined, month: undefined, offset: undefined })}
          options={[{ value: "people", label: t("retention.people") }, { value: "revenue", label: t("retention.revenue") }]} />
        <AsOf at={cohorts.data?.as_of} refresh={() => void cohorts.refetch()} />
      </>}>
      <div className="stack">
        <Loaded query={cohorts} lines={10}>
          {(data) => data.cohorts.length === 0 ? <Card><Nothing title={t("retention.empty")} text={t("rfm.empty.text")} /></Card> : <Heat cohorts={data} shows={shows} />}
        </Loaded>
        {params.month && params.offset && (
          <DrillCard title={t("retention.behind", { month: params.month, k: params.offset })} query={{ metric: shows === "revenue" ? "cohort.revenue" : "cohort.retention", month: params.month, offset: Number(params.offset) }}
            onClose={() => setParams({ month: undefined, offset: undefined })} />
        )}
        <Loaded query={intervals} lines={6}>{(data) => data.buyers > 0 && <Again intervals={data} />}</Loaded>
      </div>
    </Page>
  );
}

function Heat({ cohorts, shows }: { cohorts: Cohorts; shows: "people" | "revenue" }) {
  const { t, exact, count, moneyShort } = useText();
  const numbers = useNumbers();
  const [params, setParams] = useParams();
  const rows = [...cohorts.cohorts].slice(-24).reverse();
  const width = Math.min(SHOWN_MONTHS, Math.max(...rows.map((row) => row.active.length)));
  const value = (row: (typeof rows)[number], k: number) => (shows === "people" ? retained(row.active, row.people, k) : row.net_fen[k] ?? null);
  const most = Math.max(0, ...rows.flatMap((row) => Array.from({ length: width - 1 }, (_, k) => value(row, k + 1) ?? 0)));
  return (
    <Card title={<>{t(shows === "people" ? "retention.grid" : "retention.grid.revenue")} <Meaning metric={shows === "people" ? "cohort.retention" : "cohort.revenue"} asOf={cohorts.as_of} /></>} note={t("retention.grid.text")}>
      <div className="scroller" tabIndex={0} role="region" aria-label={t("retention.grid")}>
        <table className="heat">
          <thead>
            <tr>
              <th scope="col">{t("retention.cohort")}</th><th scope="col">{t("retention.size")}</th>
              {Array.from({ length: width }, (_, k) => <th key={k} scope="col">{k === 0 ? t("retention.first") : `+${k}`}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.month}>
                <th scope="row" className="num">{row.month}</th>
                <td><span className="num">{count(row.people)}</span></td>
                {Array.from({ length: width }, (_, k) => {
                  const found = value(row, k);
                  if (found === null) return <td key={k} />;
                  const text = shows === "people" ? numbers.share(found) : moneyShort(found);
                  const chosen = params.month === row.month && params.offset === String(k);
                  return (
                    <td key={k}>
                      <button type="button" className={`num ${k === 0 ? "shade-0" : `shade-${shade(found, most)}`}`} aria-pressed={chosen} onClick={() => setParams(chosen ? { month: undefined, offset: undefined } : { month: row.month, offset: String(k) })}
                        aria-label={t("retention.cell", { month: row.month, k, people: exact(row.active[k]), text })}>{text}</button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Again({ intervals }: { intervals: Intervals }) {
  const { t, exact, percent } = useText();
  const option = useMemo(() => {
    const points = intervals.curve.filter((point) => point.day <= 365);
    return {
      legend: { show: false },
      grid: { left: 8, right: 20, top: 16, bottom: 26, containLabel: true },
      xAxis: { type: "value", max: 365, name: t("stages.unit"), nameLocation: "middle", nameGap: 24 },
      yAxis: { type: "value", axisLabel: { formatter: (value: number) => percent(Math.round(value * 10_000)) } },
      series: [{ name: t("retention.again"), type: "line", step: "end", showSymbol: false, areaStyle: { opacity: 0.08 }, data: points.map((point) => [point.day, point.share]) }],
      tooltip: { trigger: "axis", valueFormatter: (value: number) => percent(Math.round(value * 10_000)) },
    };
  }, [intervals, t, percent]);
  const gaps = [["gap_p25_days", intervals.gap_p25_days], ["gap_median_days", intervals.gap_median_days], ["gap_p75_days", intervals.gap_p75_days], ["gap_p90_days", intervals.gap_p90_days]] as const;
  const { tr } = useText();
  return (
    <Card title={<>{t("retention.again")} <Meaning metric="repurchase.curve" asOf={intervals.as_of} /></>} note={t("retention.again.text", { buyers: exact(intervals.buyers), repeaters: exact(intervals.repeaters) })}>
      <div className="stack">
        <Suspense fallback={<Bones lines={4} />}><EChart option={option} label={t("retention.again")} height={280} /></Suspense>
        <dl className="figures">
          {gaps.map(([key, days]) => <div key={key}><dt>{tr("retention.", key)}</dt><dd>{days === null ? "–" : t("retention.days", { days: exact(days) })}</dd></div>)}
        </dl>
      </div>
    </Card>
  );
}
