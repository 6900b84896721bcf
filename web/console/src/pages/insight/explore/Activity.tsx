/// How often something happens, to how many, with what sum: over time, by a property, against the stretch before.
import { Segmented } from "antd";
import { useMemo } from "react";
import { useParams, type Params } from "@/app/search";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Nothing } from "@/parts/States";
import { ActivityTables } from "./ActivityTables";
import { Explorer, Picture } from "./Answer";
import { complaint, partOf, partParam, useAsk, useBehind, useClock } from "./ask";
import { Behind } from "./Behind";
import { ByField, DaysField, EventWhere, Field, Suggest, Toggle } from "./fields";
import { useKinds } from "./kinds";
import { MEASURES, SHOWN_PARTS, useActivityPicture, type ActivityAnswer as Answer } from "./pictures";
import { ruleOfActivity } from "./rules";
import { activityOf, USUAL, type ActivitySpec } from "./specs";
import { splitStep } from "./steps";
import { useValueNames } from "./values";

const UNITS = ["day", "week", "month"];

export default function Activity() {
  const { t, tr } = useText();
  const { ofEvent } = useKinds();
  const [params, setParams] = useParams();
  const clock = useClock();
  const spec = useMemo(() => activityOf(params, clock), [params, clock]);
  const asked = useAsk("/v1/queries/activity", spec);
  const ask = (change: Params) => setParams({ ...change, point: undefined, part: undefined }, true);
  const event = splitStep(spec.event).event;
  return (
    <Explorer<Answer> kind="activity" spec={spec} onAsk={ask} title={t("nav.activity")} lead={t("activity.lead")} asked={asked}
      question={
        <div className="ask">
          <Field label={t("activity.event")} wide>{(id) => <EventWhere id={id} label={t("activity.event")} value={spec.event} error={complaint(asked.error, "/event")} onChange={(next) => ask({ event: next })} />}</Field>
          <Field label={t("explore.days")} error={complaint(asked.error, "/from")}>{(id) => <DaysField id={id} params={params} usual={USUAL.days} onChange={ask} />}</Field>
          <Field label={t("explore.unit")} error={complaint(asked.error, "/unit")}>{() => <Segmented aria-label={t("explore.unit")} value={spec.unit ?? "day"} onChange={(unit) => ask({ unit: unit === "day" ? undefined : unit })} options={UNITS.map((value) => ({ value, label: tr("explore.unit.", value) }))} />}</Field>
          <Field label={t("explore.by")} error={complaint(asked.error, "/by")}>{(id) => <ByField id={id} value={params.by} event={event} onChange={(by) => ask({ by })} />}</Field>
          <Field label={t("activity.property")} error={complaint(asked.error, "/property")}>
            {(id) => <Suggest id={id} value={params.property} clear placeholder={t("activity.property.usual")} options={[...new Set(["price_fen", ...ofEvent(event, ["integer", "number", "money"])])].map((value) => ({ value, label: value }))} onChange={(property) => ask({ property })} />}
          </Field>
          <Field label={t("activity.more")} wide>
            {() => (
              <div className="ask-toggles">
                <Toggle label={t("activity.compare")} checked={!!spec.compare} onChange={(on) => ask({ compare: on ? "1" : undefined })} />
                <Toggle label={t("activity.running")} checked={!!params.running} onChange={(on) => ask({ running: on ? "1" : undefined })} />
                <Toggle label={t("activity.spread")} checked={!!spec.spread} onChange={(on) => ask({ spread: on ? "1" : undefined })} />
              </div>
            )}
          </Field>
        </div>
      }>
      {(answer) => answer.parts.every((part) => part.events === 0) ? <Card><Nothing title={t("activity.empty")} text={t("explore.empty.text")} /></Card> : <Found answer={answer} spec={spec} />}
    </Explorer>
  );
}

function Found({ answer, spec }: { answer: Answer; spec: ActivitySpec }) {
  const { t } = useText();
  const [params, setParams] = useParams();
  const { labelOf } = useKinds();
  const valueOf = useValueNames(spec.by);
  const point = answer.parts[0]?.points.findIndex((one) => one.start === params.point) ?? -1;
  const part = spec.by ? partOf(params) : undefined;
  const list = useBehind("/v1/queries/activity", spec, point >= 0 ? { point, ...(part !== undefined && { value: part }) } : undefined);
  const open = (start: string, value: string) => {
    const where = { point: start, part: spec.by ? partParam(value) : undefined };
    const same = params.point === where.point && params.part === where.part;
    setParams(same ? { point: undefined, part: undefined } : where);
  };
  return (
    <>
      <Lines answer={answer} spec={spec} onOpen={open} />
      <ActivityTables answer={answer} spec={spec} onOpen={open} />
      {point >= 0 && <Behind title={t("activity.behind", { start: params.point!, event: labelOf(spec.event) + (part !== undefined ? ` · ${valueOf(part)}` : "") })} list={list} rule={ruleOfActivity(spec, params.point!, part)} onClose={() => setParams({ point: undefined, part: undefined })} />}
    </>
  );
}

function Lines({ answer, spec, onOpen }: { answer: Answer; spec: ActivitySpec; onOpen: (start: string, value: string) => void }) {
  const { t, tr } = useText();
  const [params, setParams] = useParams();
  const { option, height } = useActivityPicture(answer, spec, params);
  const parts = answer.parts.slice(0, SHOWN_PARTS);
  return (
    <Picture title={t("activity.chart")} note={t("activity.chart.text")} label={t("activity.chart")} file="activity" option={option} height={height}
      actions={<Segmented size="small" aria-label={t("activity.show")} value={MEASURES.find((one) => one === params.show) ?? "events"} onChange={(show) => setParams({ show: show === "events" ? undefined : show })} options={MEASURES.map((value) => ({ value, label: tr("activity.measure.", value) }))} />}
      onPress={({ seriesIndex, dataIndex }) => {
        const part = parts[seriesIndex];
        const start = part?.points[dataIndex]?.start;
        if (part && start) onOpen(start, part.value);
      }} />
  );
}
