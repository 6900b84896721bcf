/// Who did one thing and came back for another: a row a cohort, a column a period later.
import { InputNumber, Segmented } from "antd";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useParams, type Params } from "@/app/search";
import { shade } from "@/charts/shapes";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Nothing } from "@/parts/States";
import { useNumbers } from "@/pages/home/numbers";
import { Explorer, Picture, Sheet } from "./Answer";
import { complaint, partOf, partParam, useAsk, useBehind, useClock } from "./ask";
import { over, weighted } from "./averages";
import { Behind } from "./Behind";
import { ByField, DaysField, EventPick, EventWhere, Field, Toggle, Typed } from "./fields";
import { useReturnsPicture, type RetentionAnswer as Answer } from "./pictures";
import { retentionOf, type RetentionSpec } from "./specs";
import { joinStep, splitStep } from "./steps";
import { useValueNames } from "./values";

const PERIODS = 12, UNITS = ["day", "week", "month"] as const;

export default function Returns() {
  const { t, tr } = useText();
  const [params, setParams] = useParams();
  const clock = useClock();
  const spec = useMemo(() => retentionOf(params, clock), [params, clock]);
  const asked = useAsk("/v1/queries/retention", spec);
  const ask = (change: Params) => setParams({ ...change, cohort: undefined, period: undefined, part: undefined }, true);
  const back = params.back ? splitStep(params.back) : undefined;
  const backWrong = complaint(asked.error, "/back");
  return (
    <Explorer<Answer> kind="retention" spec={spec} onAsk={ask} title={t("nav.returns")} lead={t("returns.lead")} asked={asked}
      question={
        <div className="ask">
          <Field label={t("returns.first")} wide>{(id) => <EventWhere id={id} label={t("returns.first")} value={spec.first} error={complaint(asked.error, "/first")} onChange={(first) => ask({ first })} />}</Field>
          <Field label={t("returns.back")} wide error={backWrong}>
            {(id) => (
              <div className="event-where">
                <EventPick id={id} any clear label={t("returns.back")} placeholder={t("returns.back.same")} value={back?.event} onChange={(event) => ask({ back: event && joinStep({ event, where: back?.where ?? "" }) })} />
                {back && <Typed label={t("explore.where.of", { name: t("returns.back") })} value={back.where} placeholder={t("explore.where.hint")} bad={!!backWrong} onChange={(where) => ask({ back: joinStep({ event: back.event, where }) })} />}
              </div>
            )}
          </Field>
          <Field label={t("explore.unit")}>{() => <Segmented aria-label={t("explore.unit")} value={spec.unit ?? "week"} onChange={(unit) => ask({ unit: unit === "week" ? undefined : unit })} options={UNITS.map((value) => ({ value, label: tr("explore.unit.", value) }))} />}</Field>
          <Field label={t("returns.periods")} error={complaint(asked.error, "/periods")}>
            {(id) => <InputNumber id={id} key={params.periods} defaultValue={spec.periods ?? PERIODS} min={1} max={90} precision={0} style={{ width: "100%" }}
              onStep={(next) => ask({ periods: String(next) })} onPressEnter={(event) => ask({ periods: event.currentTarget.value })} onBlur={(event) => event.currentTarget.value !== String(spec.periods ?? PERIODS) && ask({ periods: event.currentTarget.value })} />}
          </Field>
          <Field label={t("returns.cohorts")} error={complaint(asked.error, "/from")}>{(id) => <DaysField id={id} params={params} usual="auto" auto={t("returns.auto")} onChange={ask} />}</Field>
          <Field label={t("explore.by")} error={complaint(asked.error, "/by")}>{(id) => <ByField id={id} value={params.by} event={splitStep(spec.first).event} onChange={(by) => ask({ by })} />}</Field>
          <Field label={t("returns.first_is")}>{() => <Segmented aria-label={t("returns.first_is")} value={spec.first_is ?? "ever"} onChange={(value) => ask({ first_is: value === "ever" ? undefined : value })} options={["ever", "in_range"].map((value) => ({ value, label: tr("returns.first_is.", value) }))} />}</Field>
          <Field label={t("returns.counts")}>{() => <Toggle label={t("returns.rolling")} checked={!!spec.rolling} onChange={(rolling) => ask({ rolling: rolling ? "1" : undefined })} />}</Field>
          <Field label={t("returns.orders")}>{(id) => <Link id={id} className="ask-link" to="/retention">{t("nav.retention")}</Link>}</Field>
        </div>
      }>
      {(answer) => answer.cohorts.every((row) => row.people === 0) ? <Card><Nothing title={t("returns.empty")} text={t("explore.empty.text")} /></Card> : <Found answer={answer} spec={spec} />}
    </Explorer>
  );
}

function Found({ answer, spec }: { answer: Answer; spec: RetentionSpec }) {
  const { t, tr, exact } = useText();
  const [params, setParams] = useParams();
  const { option, height, average, today } = useReturnsPicture(answer, spec);
  const valueOf = useValueNames(spec.by);
  const value = spec.by ? partOf(params) : undefined;
  const part = answer.parts.find((one) => one.value === value);
  const cohort = answer.cohorts.findIndex((row) => row.start === params.cohort);
  const period = Number(params.period);
  const picked = cohort >= 0 && Number.isInteger(period) && period >= 0 && period < average.length ? { cohort, period, ...(part && { value: part.value }) } : undefined;
  const list = useBehind("/v1/queries/retention", spec, picked);
  const shown = part ? { ...answer, cohorts: part.cohorts } : answer;
  return (
    <>
      {answer.parts.length > 0 && (
        <Card label={t("returns.parts")}>
          <div className="parts" role="group" aria-label={t("returns.parts")}>
            <button type="button" aria-pressed={!part} onClick={() => setParams({ part: undefined })}>{t("activity.all")}</button>
            {answer.parts.map((one) => <button key={one.value} type="button" aria-pressed={part === one} onClick={() => setParams({ part: partParam(one.value) })}>{valueOf(one.value)}</button>)}
            {answer.more_parts > 0 && <span className="dim">{t("explore.more_parts", { count: exact(answer.more_parts) })}</span>}
          </div>
        </Card>
      )}
      <Heat answer={shown} average={part ? average.map((_, k) => weighted(part.cohorts, k, answer.unit, today)) : average} today={today} />
      {picked && <Behind title={t("returns.behind", { start: params.cohort!, k: picked.period, unit: tr("explore.unit.", answer.unit) }) + (part ? ` · ${valueOf(part.value)}` : "")} list={list} onClose={() => setParams({ cohort: undefined, period: undefined })} />}
      <Picture title={t("returns.curve")} note={t("returns.curve.text")} label={t("returns.curve")} file="retention" option={option} height={height} />
    </>
  );
}

function Heat({ answer, average, today }: { answer: Answer; average: (number | null)[]; today: string }) {
  const { t, tr, exact, count } = useText();
  const numbers = useNumbers();
  const [params, setParams] = useParams();
  const counts = params.show === "people";
  const rows = [...answer.cohorts].reverse().filter((row) => row.people > 0);
  // The cohort itself is no return: what comes after it sets the shades.
  const most = Math.max(0, ...rows.flatMap((row) => row.back.slice(1).map((value) => (value ?? 0) / row.people)));
  const csv = () => [
    [t("returns.cohort"), t("returns.size"), ...average.map((_, k) => `+${k}`)],
    [t("returns.average"), "", ...average],
    ...rows.map((row) => [row.start, row.people, ...average.map((_, k) => (row.back[k] == null ? null : counts ? row.back[k] : row.back[k]! / row.people))]),
  ];
  return (
    <Sheet title={t("returns.grid")} note={t("returns.grid.text", { unit: tr("explore.unit.", answer.unit) })} file="retention" rows={csv}>
      <div className="heat-bar">
        <Segmented size="small" aria-label={t("returns.show")} value={counts ? "people" : "share"} onChange={(show) => setParams({ show: show === "people" ? show : undefined })} options={["share", "people"].map((value) => ({ value, label: tr("returns.show.", value) }))} />
        <span className="legend"><span><i className="running" />{t("returns.running")}</span></span>
      </div>
      <div className="scroller heat-room" tabIndex={0} role="region" aria-label={t("returns.grid")}>
        <table className="heat">
          <thead><tr><th scope="col">{t("returns.cohort")}</th><th scope="col">{t("returns.size")}</th>{average.map((_, k) => <th key={k} scope="col">{`+${k}`}</th>)}</tr></thead>
          <tbody>
            <tr className="mean"><th scope="row">{t("returns.average")}</th><td><span className="num">{count(rows.reduce((sum, row) => sum + row.people, 0))}</span></td>{average.map((share, k) => <td key={k}><span className="num">{numbers.share(share)}</span></td>)}</tr>
            {rows.map((row) => (
              <tr key={row.start}>
                <th scope="row" className="num">{row.start}</th>
                <td><span className="num">{count(row.people)}</span></td>
                {average.map((_, k) => {
                  const back = row.back[k];
                  if (back == null) return <td key={k} />;
                  const chosen = params.cohort === row.start && params.period === String(k);
                  const share = numbers.share(back / row.people);
                  return (
                    <td key={k}>
                      <button type="button" className={`num ${k === 0 ? "shade-0" : `shade-${shade(back / row.people, most)}`}${over(row.start, answer.unit, k, today) ? "" : " running"}`} aria-pressed={chosen} aria-label={t("returns.cell", { start: row.start, k, people: exact(back), share })}
                        onClick={() => setParams(chosen ? { cohort: undefined, period: undefined } : { cohort: row.start, period: String(k) })}>{counts ? count(back) : share}</button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Sheet>
  );
}
