/// How many get through a row of steps, where the others stop, how long it takes, and who they are.
import { useMemo } from "react";
import { type ReplyOf } from "@shared/client";
import { useParams, type Params } from "@/app/search";
import { colour } from "@/charts/colours";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Nothing } from "@/parts/States";
import { useNumbers } from "@/pages/home/numbers";
import { useShownMode } from "@/theme/mode";
import { Explorer, Opens, Picture, Sheet } from "./Answer";
import { useAsk, useBehind, useClock } from "./ask";
import { Behind } from "./Behind";
import { ConvertTimes } from "./ConvertTimes";
import { FunnelQuestion, useStepNames } from "./FunnelQuestion";
import { funnelOf, type FunnelSpec } from "./specs";
import { useValueNames } from "./values";

type Answer = ReplyOf<"/v1/queries/funnel", "post">;
const SHOWN_PARTS = 6;

export default function Funnel() {
  const { t } = useText();
  const [params, setParams] = useParams();
  const clock = useClock();
  const spec = useMemo(() => funnelOf(params, clock), [params, clock]);
  const asked = useAsk("/v1/queries/funnel", spec);
  const ask = (change: Params) => setParams({ ...change, at: undefined, drop: undefined }, true);
  return (
    <Explorer<Answer> title={t("nav.funnel")} lead={t("funnel.lead")} asked={asked} question={<FunnelQuestion spec={spec} params={params} error={asked.error} onChange={ask} />}>
      {(answer) => !answer.parts.some((part) => part.steps[0]?.people)
        ? <Card><Nothing title={t("funnel.empty")} text={t("explore.empty.text")} /></Card>
        : <Found answer={answer} spec={spec} />}
    </Explorer>
  );
}

function Found({ answer, spec }: { answer: Answer; spec: FunnelSpec }) {
  const { t } = useText();
  const [params, setParams] = useParams();
  const names = useStepNames(answer.parts[0]?.steps ?? []);
  const step = Number(params.at);
  const picked = !spec.by && Number.isInteger(step) && step >= 1 && step <= spec.steps.length ? { step, dropped: !!params.drop } : undefined;
  const list = useBehind("/v1/queries/funnel", spec, picked);
  const open = (at: number, drop: boolean) => {
    const same = params.at === String(at) && !!params.drop === drop;
    setParams(same ? { at: undefined, drop: undefined } : { at: String(at), drop: drop ? "1" : undefined });
  };
  return (
    <>
      <Bars answer={answer} names={names} unit={spec.count ?? "people"} onPress={spec.by ? undefined : open} />
      <Steps answer={answer} names={names} byText={spec.by ?? ""} unit={spec.count ?? "people"} picked={picked} onOpen={spec.by ? undefined : open} />
      {picked && (
        <Behind title={t(picked.dropped ? "funnel.behind.dropped" : "funnel.behind", { step: names[picked.step - 1] ?? "" })} list={list} onClose={() => setParams({ at: undefined, drop: undefined })} />
      )}
      <ConvertTimes parts={answer.parts} />
    </>
  );
}

function Bars({ answer, names, unit, onPress }: { answer: Answer; names: string[]; unit: string; onPress?: (at: number, drop: boolean) => void }) {
  const { t, tr, exact, count } = useText();
  const numbers = useNumbers();
  const valueOf = useValueNames(useParams()[0].by);
  const mode = useShownMode();
  const parts = answer.parts.slice(0, SHOWN_PARTS);
  const option = useMemo(() => {
    const one = parts.length === 1 ? parts[0]! : undefined;
    const label = { show: true, position: "insideLeft", fontWeight: 600 };
    return {
      legend: one ? { show: false } : {},
      grid: { left: 4, right: 24, top: one ? 6 : 36, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: (value: number) => exact(value) },
      xAxis: { type: "value", axisLabel: { formatter: (value: number) => count(value) } },
      yAxis: { type: "category", inverse: true, data: names, axisTick: { show: false }, axisLabel: { width: 128, overflow: "break", lineHeight: 16 } },
      series: one
        ? [
            { name: tr("funnel.reached.", unit), type: "bar", stack: "all", barMaxWidth: 44, data: one.steps.map((step) => step.people),
              label: { ...label, color: colour("--surface"), textBorderColor: colour("--water"), textBorderWidth: 3, formatter: ({ dataIndex }: { dataIndex: number }) => `${exact(one.steps[dataIndex]!.people)} · ${numbers.share(one.steps[dataIndex]!.share)}` } },
            { name: t("funnel.drop"), type: "bar", stack: "all", barMaxWidth: 44, itemStyle: { opacity: 0.28 }, data: one.steps.map((step, at) => (at === 0 ? 0 : one.steps[at - 1]!.people - step.people)) },
          ]
        : parts.map((part) => ({ name: valueOf(part.value), type: "bar", barMaxWidth: 18, data: part.steps.map((step) => step.people) })),
    };
  }, [answer, names.join("|"), unit, t, tr, exact, count, numbers, valueOf, mode]);
  return (
    <Picture title={t("funnel.chart")} note={onPress && t("funnel.chart.text")} label={t("funnel.chart")} file="funnel" option={option} height={Math.max(210, names.length * (parts.length > 1 ? 22 + parts.length * 20 : 62))}
      onPress={onPress && (({ seriesIndex, dataIndex }) => (seriesIndex === 0 ? onPress(dataIndex + 1, false) : onPress(dataIndex, true)))} />
  );
}

interface Line { key: string; value: string; at: number; name: string; people: number; share: number | null; step_share: number | null; drop: number | null }

function Steps({ answer, names, byText, unit, picked, onOpen }: { answer: Answer; names: string[]; byText: string; unit: string; picked: { step: number; dropped: boolean } | undefined; onOpen?: (at: number, drop: boolean) => void }) {
  const { t, tr, exact } = useText();
  const numbers = useNumbers();
  const valueOf = useValueNames(byText);
  const lines: Line[] = answer.parts.flatMap((part) =>
    part.steps.map((step, at) => ({ key: `${part.value}/${at}`, value: valueOf(part.value), at, name: names[at]!, people: step.people, share: step.share, step_share: step.step_share, drop: at === 0 ? null : part.steps[at - 1]!.people - step.people })));
  const rows = () => [
    [...(byText ? [byText] : []), t("funnel.step"), tr("funnel.reached.", unit), t("funnel.share"), t("funnel.step_share"), t("funnel.drop")],
    ...lines.map((line) => [...(byText ? [line.value] : []), line.name, line.people, line.share, line.step_share, line.drop]),
  ];
  return (
    <Sheet title={t("funnel.table")} note={answer.more_parts ? t("explore.more_parts", { count: exact(answer.more_parts) }) : undefined} file="funnel" rows={rows}>
      <Rows<Line> label={t("funnel.table")} rowKey="key" list={{ data: lines, error: null, refetch: () => {} }} empty={{ title: t("funnel.empty") }}
        columns={[
          ...(byText ? [{ title: byText, key: "value", render: (_: unknown, line: Line) => <span className={line.at === 0 ? undefined : "visually-hidden"}>{line.value}</span> }] : []),
          { title: t("funnel.step"), dataIndex: "name" },
          { title: tr("funnel.reached.", unit), key: "people", align: "right", render: (_, line) => onOpen
            ? <Opens text={exact(line.people)} chosen={picked?.step === line.at + 1 && !picked.dropped} label={t("funnel.open", { step: line.name, count: exact(line.people) })} onOpen={() => onOpen(line.at + 1, false)} />
            : <span className="num">{exact(line.people)}</span> },
          { title: t("funnel.share"), key: "share", align: "right", render: (_, line) => <span className="num">{numbers.share(line.share)}</span> },
          { title: t("funnel.step_share"), key: "step_share", align: "right", render: (_, line) => <span className="num">{line.at === 0 ? "–" : numbers.share(line.step_share)}</span> },
          { title: t("funnel.drop"), key: "drop", align: "right", render: (_, line) => line.drop === null ? "–" : onOpen
            ? <Opens text={exact(line.drop)} chosen={picked?.step === line.at && picked.dropped} label={t("funnel.open.drop", { step: line.name, count: exact(line.drop) })} onOpen={() => onOpen(line.at, true)} />
            : <span className="num">{exact(line.drop)}</span> },
        ]} />
    </Sheet>
  );
}
