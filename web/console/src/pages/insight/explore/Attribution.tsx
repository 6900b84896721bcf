/// Which touches conversions are owed to, by first, last or shared credit; and those no touch came before.
import { Segmented } from "antd";
import { useMemo } from "react";
import { type ReplyOf } from "@shared/client";
import { useParams, type Params } from "@/app/search";
import { colour } from "@/charts/colours";
import { useShownMode } from "@/theme/mode";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Nothing } from "@/parts/States";
import { useNumbers } from "@/pages/home/numbers";
import { Explorer, Picture, Sheet } from "./Answer";
import { complaint, useAsk, useClock } from "./ask";
import { ByField, DaysField, EventWhere, Field, LengthField } from "./fields";
import { attributionOf, USUAL } from "./specs";
import { splitStep } from "./steps";

type Answer = ReplyOf<"/v1/queries/attribution", "post">;
type Row = Answer["rows"][number];
const CREDITS = ["first", "last", "linear"], SHOWN = 14;

export default function Attribution() {
  const { t, tr } = useText();
  const [params, setParams] = useParams();
  const clock = useClock();
  const spec = useMemo(() => attributionOf(params, clock), [params, clock]);
  const asked = useAsk("/v1/queries/attribution", spec);
  const ask = (change: Params) => setParams(change, true);
  return (
    <Explorer<Answer> title={t("nav.attribution")} lead={t("attribution.lead")} asked={asked}
      question={
        <div className="ask">
          <Field label={t("attribution.touch")} wide>{(id) => <EventWhere id={id} label={t("attribution.touch")} value={spec.touch} error={complaint(asked.error, "/touch")} onChange={(touch) => ask({ touch })} />}</Field>
          <Field label={t("attribution.conversion")} wide>{(id) => <EventWhere id={id} label={t("attribution.conversion")} value={spec.conversion} error={complaint(asked.error, "/conversion")} onChange={(conversion) => ask({ conversion })} />}</Field>
          <Field label={t("attribution.by")} error={complaint(asked.error, "/by")}>{(id) => <ByField id={id} people={false} clear={false} value={spec.by ?? ""} event={splitStep(spec.touch).event} onChange={(by) => ask({ by })} />}</Field>
          <Field label={t("attribution.lookback")} error={complaint(asked.error, "/lookback")}>{(id) => <LengthField id={id} label={t("attribution.lookback")} value={spec.lookback ?? USUAL.lookback} onChange={(lookback) => ask({ lookback })} />}</Field>
          <Field label={t("attribution.days")} error={complaint(asked.error, "/from")}>{(id) => <DaysField id={id} params={params} usual={USUAL.days} onChange={ask} />}</Field>
          <Field label={t("attribution.credit")} error={complaint(asked.error, "/credit")}>{() => <Segmented aria-label={t("attribution.credit")} value={spec.credit ?? USUAL.credit} onChange={(credit) => ask({ credit: credit === USUAL.credit ? undefined : credit })} options={CREDITS.map((value) => ({ value, label: tr("attribution.credit.", value) }))} />}</Field>
        </div>
      }>
      {(answer) => answer.conversions === 0 ? <Card><Nothing title={t("attribution.empty")} text={t("explore.empty.text")} /></Card> : <Found answer={answer} />}
    </Explorer>
  );
}

function Found({ answer }: { answer: Answer }) {
  const { t, tr, money, lang, count } = useText();
  const numbers = useNumbers();
  const [params, setParams] = useParams();
  const mode = useShownMode();
  const byMoney = params.show === "fen";
  const nameOf = (row: Row) => (row.touched ? row.value || t("explore.none") : t("attribution.untouched"));
  // Shared credit is a fraction of a conversion.
  const part = (value: number) => value.toLocaleString(lang, { maximumFractionDigits: 1 });
  const option = useMemo(() => {
    const shown = answer.rows.slice(0, SHOWN);
    const value = (row: Row) => (byMoney ? row.fen : row.conversions);
    const say = (n: number) => (byMoney ? money(n) : part(n));
    return {
      legend: { show: false },
      grid: { left: 4, right: 56, top: 6, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: say },
      xAxis: { type: "value", axisLabel: { formatter: (n: number) => (byMoney ? money(n).replace(/\.00$/, "") : count(n)), hideOverlap: true } },
      yAxis: { type: "category", inverse: true, data: shown.map(nameOf), axisTick: { show: false }, axisLabel: { width: 116, overflow: "truncate" } },
      series: [{ name: tr("attribution.show.", byMoney ? "fen" : "conversions"), type: "bar", barMaxWidth: 26, label: { show: true, position: "right", color: colour("--ink-2"), textBorderWidth: 0, formatter: ({ dataIndex }: { dataIndex: number }) => numbers.share(shown[dataIndex]?.share) },
        data: shown.map((row) => ({ value: value(row), itemStyle: row.touched ? {} : { color: colour("--line-strong"), decal: { symbol: "rect", color: colour("--surface"), dashArrayX: [1, 0], dashArrayY: [3, 4], rotation: 0.785 } } })) }],
    };
  }, [answer, byMoney, lang, t, tr, money, count, numbers, mode]);
  const csv = () => [[t("attribution.value"), t("attribution.show.conversions"), t("attribution.share"), t("attribution.show.fen")], ...answer.rows.map((row) => [nameOf(row), row.conversions, row.share, row.fen / 100])];
  return (
    <>
      <Picture title={t("attribution.chart")} note={t("attribution.chart.text", { conversions: part(answer.conversions), money: money(answer.fen) })} label={t("attribution.chart")} file="attribution" option={option} height={Math.max(200, Math.min(SHOWN, answer.rows.length) * 38 + 40)}
        actions={<Segmented size="small" aria-label={t("activity.show")} value={byMoney ? "fen" : "conversions"} onChange={(show) => setParams({ show: show === "fen" ? show : undefined })} options={["conversions", "fen"].map((value) => ({ value, label: tr("attribution.show.", value) }))} />} />
      <Sheet title={t("attribution.table")} file="attribution" rows={csv}>
        <Rows<Row> label={t("attribution.table")} rowKey={(row) => `${row.touched}${row.value}`} list={{ data: answer.rows, error: null, refetch: () => {} }} empty={{ title: t("attribution.empty") }}
          columns={[
            { title: t("attribution.value"), key: "value", render: (_, row) => (row.touched ? nameOf(row) : <span className="dim">{nameOf(row)}</span>) },
            { title: t("attribution.show.conversions"), key: "conversions", align: "right", render: (_, row) => <span className="num">{part(row.conversions)}</span> },
            { title: t("attribution.share"), key: "share", align: "right", render: (_, row) => <span className="num">{numbers.share(row.share)}</span> },
            { title: t("attribution.show.fen"), key: "fen", align: "right", render: (_, row) => <span className="num">{money(row.fen)}</span> },
          ]} />
      </Sheet>
    </>
  );
}
