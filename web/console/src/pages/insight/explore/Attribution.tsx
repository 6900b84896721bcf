/// Which touches conversions are owed to, by first, last or shared credit; and those no touch came before.
import { Segmented } from "antd";
import { useMemo } from "react";
import { useParams, type Params } from "@/app/search";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Nothing } from "@/parts/States";
import { useNumbers } from "@/pages/home/numbers";
import { Explorer, Opens, Picture, Sheet } from "./Answer";
import { complaint, partOf, partParam, useAsk, useBehind, useClock } from "./ask";
import { Behind } from "./Behind";
import { ByField, DaysField, EventWhere, Field, LengthField } from "./fields";
import { useAttributionPicture, useTouchNames, type AttributionAnswer as Answer } from "./pictures";
import { attributionOf, USUAL, type AttributionSpec } from "./specs";
import { splitStep } from "./steps";

type Row = Answer["rows"][number];
const CREDITS = ["first", "last", "linear"];

export default function Attribution() {
  const { t, tr } = useText();
  const [params, setParams] = useParams();
  const clock = useClock();
  const spec = useMemo(() => attributionOf(params, clock), [params, clock]);
  const asked = useAsk("/v1/queries/attribution", spec);
  const ask = (change: Params) => setParams({ ...change, part: undefined, none: undefined }, true);
  return (
    <Explorer<Answer> kind="attribution" spec={spec} onAsk={ask} title={t("nav.attribution")} lead={t("attribution.lead")} asked={asked}
      question={
        <div className="ask">
          <Field label={t("attribution.touch")} wide>{(id) => <EventWhere id={id} label={t("attribution.touch")} value={spec.touch} error={complaint(asked.error, "/touch")} onChange={(touch) => ask({ touch })} />}</Field>
          <Field label={t("attribution.conversion")} wide>{(id) => <EventWhere id={id} label={t("attribution.conversion")} value={spec.conversion} error={complaint(asked.error, "/conversion")} onChange={(conversion) => ask({ conversion })} />}</Field>
          <Field label={t("attribution.by")} error={complaint(asked.error, "/by")}>{(id) => <ByField id={id} clear={false} value={spec.by ?? ""} event={splitStep(spec.touch).event} onChange={(by) => ask({ by })} />}</Field>
          <Field label={t("attribution.lookback")} error={complaint(asked.error, "/lookback")}>{(id) => <LengthField id={id} label={t("attribution.lookback")} value={spec.lookback ?? USUAL.lookback} onChange={(lookback) => ask({ lookback })} />}</Field>
          <Field label={t("attribution.days")} error={complaint(asked.error, "/from")}>{(id) => <DaysField id={id} params={params} usual={USUAL.days} onChange={ask} />}</Field>
          <Field label={t("attribution.credit")} error={complaint(asked.error, "/credit")}>{() => <Segmented aria-label={t("attribution.credit")} value={spec.credit ?? USUAL.credit} onChange={(credit) => ask({ credit: credit === USUAL.credit ? undefined : credit })} options={CREDITS.map((value) => ({ value, label: tr("attribution.credit.", value) }))} />}</Field>
        </div>
      }>
      {(answer) => answer.conversions === 0 ? <Card><Nothing title={t("attribution.empty")} text={t("explore.empty.text")} /></Card> : <Found answer={answer} spec={spec} />}
    </Explorer>
  );
}

function Found({ answer, spec }: { answer: Answer; spec: AttributionSpec }) {
  const { t, tr, money, lang } = useText();
  const numbers = useNumbers();
  const [params, setParams] = useParams();
  const byMoney = params.show === "fen";
  const { option, height } = useAttributionPicture(answer, spec, byMoney);
  const nameOf = useTouchNames(spec.by);
  const value = partOf(params);
  const picked = params.none ? { touched: false } : value !== undefined ? { value } : undefined;
  const list = useBehind("/v1/queries/attribution", spec, picked);
  const close = () => setParams({ part: undefined, none: undefined });
  const chosen = (row: Row) => (row.touched ? value === row.value && !params.none : !!params.none);
  const open = (row: Row) => (chosen(row) ? close() : setParams(row.touched ? { part: partParam(row.value), none: undefined } : { none: "1", part: undefined }));
  // Shared credit is a fraction of a conversion.
  const part = (n: number) => n.toLocaleString(lang, { maximumFractionDigits: 1 });
  const csv = () => [[t("attribution.value"), t("attribution.show.conversions"), t("attribution.share"), t("attribution.show.fen")], ...answer.rows.map((row) => [nameOf(row), row.conversions, row.share, row.fen / 100])];
  return (
    <>
      <Picture title={t("attribution.chart")} note={t("attribution.chart.text", { conversions: part(answer.conversions), money: money(answer.fen) })} label={t("attribution.chart")} file="attribution" option={option} height={height}
        onPress={({ dataIndex }) => { const row = answer.rows[dataIndex]; if (row) open(row); }}
        actions={<Segmented size="small" aria-label={t("activity.show")} value={byMoney ? "fen" : "conversions"} onChange={(show) => setParams({ show: show === "fen" ? show : undefined })} options={["conversions", "fen"].map((one) => ({ value: one, label: tr("attribution.show.", one) }))} />} />
      <Sheet title={t("attribution.table")} file="attribution" rows={csv}>
        <Rows<Row> label={t("attribution.table")} rowKey={(row) => `${row.touched}${row.value}`} list={{ data: answer.rows, error: null, refetch: () => {} }} empty={{ title: t("attribution.empty") }}
          columns={[
            { title: t("attribution.value"), key: "value", render: (_, row) => (row.touched ? nameOf(row) : <span className="dim">{nameOf(row)}</span>) },
            { title: t("attribution.show.conversions"), key: "conversions", align: "right", render: (_, row) => row.conversions === 0 ? <span className="dim num">0</span>
              : <Opens text={part(row.conversions)} chosen={chosen(row)} label={t("attribution.open", { touch: nameOf(row), count: part(row.conversions) })} onOpen={() => open(row)} /> },
            { title: t("attribution.share"), key: "share", align: "right", render: (_, row) => <span className="num">{numbers.share(row.share)}</span> },
            { title: t("attribution.show.fen"), key: "fen", align: "right", render: (_, row) => <span className="num">{money(row.fen)}</span> },
          ]} />
      </Sheet>
      {picked && <Behind title={params.none ? t("attribution.behind.none") : t("attribution.behind", { touch: nameOf({ value: value!, touched: true } as Row) })} list={list} onClose={close} />}
    </>
  );
}
