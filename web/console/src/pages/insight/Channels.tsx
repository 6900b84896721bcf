/// Where people come from, where they leave, and what each source brings on balance.
import { Link } from "@tanstack/react-router";
import { Segmented } from "antd";
import { lazy, Suspense, useMemo } from "react";
import { type ReplyOf } from "@shared/client";
import { useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useText } from "@/i18n/use";
import { AsOf } from "@/parts/AsOf";
import { Card, Page } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Bones, Loaded, Nothing } from "@/parts/States";
import { Meaning } from "@/pages/home/Meaning";
import { perChannel, series, type ChannelSum } from "./series";
import "./insight.css";

const EChart = lazy(() => import("@/charts/EChart"));
type Growth = ReplyOf<"/v1/insight/growth", "get">;
const spans = { day: 30, week: 26, month: 18 } as const;

export default function Channels() {
  const { t, tr } = useText();
  const [params, setParams] = useParams();
  const by = params.by === "day" || params.by === "month" ? params.by : "week";
  const growth = useGet("/v1/insight/growth", { query: { by, periods: spans[by] } });
  return (
    <Page title={t("nav.channels")} lead={t("channels.lead")}
      actions={<>
        <Segmented value={by} aria-label={t("channels.by")} onChange={(value) => setParams({ by: value === "week" ? undefined : value })} options={(Object.keys(spans) as (keyof typeof spans)[]).map((value) => ({ value, label: tr("channels.by.", value) }))} />
        <AsOf at={growth.data?.as_of} refresh={() => void growth.refetch()} />
      </>}>
      <Loaded query={growth} lines={8}>{(data) => data.by_channel.length === 0 ? <Card><Nothing title={t("channels.empty")} text={t("channels.empty.text")} /></Card> : <Whole growth={data} />}</Loaded>
    </Page>
  );
}

function Whole({ growth }: { growth: Growth }) {
  const { t, exact, percent } = useText();
  const name = (channel: string | null) => (channel === null ? t("channels.other") : channel || t("home.unknown"));
  const sums = useMemo(() => perChannel(growth.by_channel), [growth]);
  const total = sums.reduce((sum, one) => sum + one.new_people, 0);
  const option = useMemo(() => {
    const periods = growth.periods.map((one) => one.period);
    return {
      xAxis: { type: "category", data: periods },
      yAxis: { type: "value" },
      series: series(growth.by_channel, periods, 6).map((line) => ({ name: name(line.channel), type: "bar", stack: "new", barMaxWidth: 26, data: line.values })),
    };
  }, [growth, t]);
  return (
    <div className="stack">
      <Card title={<>{t("channels.new")} <Meaning metric="growth.new" asOf={growth.as_of} /></>}>
        <Suspense fallback={<Bones lines={6} />}><EChart option={option} label={t("channels.chart")} height={320} /></Suspense>
      </Card>
      <Card flush>
        <Rows<ChannelSum> label={t("nav.channels")} rowKey="channel" list={{ data: sums, error: null, refetch: () => {} }} empty={{ title: t("channels.empty") }}
          columns={[
            { title: t("people.column.channel"), dataIndex: "channel", render: (channel: string) => channel ? <Link to="/customers" search={{ channel } as never}>{channel}</Link> : t("home.unknown") },
            { title: t("channels.new"), dataIndex: "new_people", align: "right", render: (n: number) => <span className="num">{exact(n)}</span> },
            { title: t("channels.share"), key: "share", align: "right", render: (_, row) => <span className="num">{percent(total ? Math.round((row.new_people / total) * 10_000) : null)}</span> },
            { title: t("channels.lost"), dataIndex: "lost", align: "right", render: (n: number) => <span className="num">{exact(n)}</span> },
            { title: t("channels.net"), dataIndex: "net", align: "right", render: (n: number) => <b className="num">{exact(n)}</b> },
          ]} />
      </Card>
    </div>
  );
}
