/// From a scan to a member who stayed: the code's figures, its days, and every group.
import { Segmented } from "antd";
import { rangeOf } from "@/app/days";
import { useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Loaded, Nothing } from "@/parts/States";
import type { Stats } from "./door";

const SPANS = ["7", "30", "90"] as const;
const STEPS = ["scans", "visitors", "joins", "stayed"] as const;

export function GroupReport({ code }: { code: string }) {
  const { t } = useText();
  const [params, setParams] = useParams();
  const span = SPANS.find((one) => one === params.days) ?? "30";
  const query = useGet("/v1/group-codes/{code}/stats", { path: { code }, query: rangeOf(Number(span)) }, { refetchInterval: 20_000 });
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
  const { t, tr, exact, percent } = useText();
  if (stats.scans + stats.sums.joins === 0) return <Card><Nothing title={t("code.report.none")} text={t("group.report.none.text")} /></Card>;
  const share = (part: number, whole: number) => (whole > 0 ? percent(Math.round((part / whole) * 10_000)) : "–");
  const people = { scans: stats.scans, visitors: stats.visitors, joins: stats.sums.joins, stayed: stats.sums.stayed };
  const most = Math.max(1, ...STEPS.map((step) => people[step]));
  const figures: [string, string][] = [
    [t("group.funnel.joins"), exact(stats.sums.joins)],
    [t("group.figure.rate"), share(stats.sums.joins, stats.visitors)],
    [t("group.figure.quits"), exact(stats.sums.quits)],
    [t("group.stay"), share(stats.sums.stayed, stats.sums.week)],
    [t("group.figure.unserved"), exact(stats.unserved)],
  ];
  return (
    <div className="stack">
      <dl className="code-figures">{figures.map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="num">{value}</dd></div>)}</dl>
      <div className="code-two">
        <Card title={t("code.funnel")} note={t("group.funnel.note")}>
          <ol className="code-funnel">
            {STEPS.map((step) => (
              <li key={step}><span>{tr("group.funnel.", step)}</span><span className="code-funnel-bar"><i style={{ inlineSize: `${(people[step] / most) * 100}%` }} /></span><b className="num">{exact(people[step])}</b></li>
            ))}
          </ol>
        </Card>
        <Card title={t("group.days")}><Days days={stats.days} /></Card>
      </div>
      <Card flush>
        <Rows<Stats["groups"][number]> label={t("group.groups")} rowKey={(line) => `${line.entry} ${line.group}`} list={{ data: stats.groups, error: null, refetch: () => {} }} empty={{ title: t("group.groups.none") }}
          columns={[
            { title: t("group.group"), key: "name", render: (_, line) => line.name || line.chat_id },
            { title: t("group.funnel.joins"), key: "joins", align: "right", render: (_, line) => <span className="num">{exact(line.sums.joins)}</span> },
            { title: t("group.figure.quits"), key: "quits", align: "right", render: (_, line) => <span className="num">{exact(line.sums.quits)}</span> },
            { title: t("group.stay"), key: "stay", align: "right", render: (_, line) => <span className="num">{share(line.sums.stayed, line.sums.week)}</span> },
          ]} />
      </Card>
    </div>
  );
}

/// Who came and who left, day by day.
function Days({ days }: Pick<Stats, "days">) {
  const { t, exact } = useText();
  const width = 640, height = 190, middle = 120;
  const most = Math.max(1, ...days.map((one) => Math.max(one.joins, one.quits)));
  const step = width / Math.max(1, days.length);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width="100%" role="img" aria-label={t("group.days")}>
      <line x1="0" x2={width} y1={middle} y2={middle} stroke="var(--line-strong)" />
      {days.map((one, at) => (
        <g key={one.day}>
          <title>{`${one.day}: ${t("group.funnel.joins")} ${exact(one.joins)}, ${t("group.figure.quits")} ${exact(one.quits)}`}</title>
          <rect x={at * step} y="0" width={step} height={height} fill="transparent" />
          <rect x={at * step + step * 0.2} y={middle - (one.joins / most) * 110} width={step * 0.6} height={(one.joins / most) * 110} rx="2" fill="var(--water)" />
          <rect x={at * step + step * 0.2} y={middle} width={step * 0.6} height={(one.quits / most) * 60} rx="2" fill="var(--gold)" />
        </g>
      ))}
    </svg>
  );
}
