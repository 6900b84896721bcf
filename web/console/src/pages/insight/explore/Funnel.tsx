/// How many get from one step to the next, and who stopped where.
import { useMemo } from "react";
import { useParams, type Params } from "@/app/search";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Nothing } from "@/parts/States";
import { useNumbers } from "@/pages/home/numbers";
import { Explorer, Opens, Picture, Sheet } from "./Answer";
import { partOf, partParam, useAsk, useBehind, useClock } from "./ask";
import { Behind } from "./Behind";
import { ConvertTimes } from "./ConvertTimes";
import { FunnelQuestion } from "./FunnelQuestion";
import { SHOWN_PARTS, useFunnelPicture, useStepNames, type FunnelAnswer as Answer } from "./pictures";
import { ruleOfFunnel } from "./rules";
import { funnelOf, type FunnelSpec } from "./specs";
import { useValueNames } from "./values";

interface Picked { step: number; dropped: boolean; value?: string }
type Open = (at: number, drop: boolean, value: string) => void;

export default function Funnel() {
  const { t } = useText();
  const [params, setParams] = useParams();
  const clock = useClock();
  const spec = useMemo(() => funnelOf(params, clock), [params, clock]);
  const asked = useAsk("/v1/queries/funnel", spec);
  const ask = (change: Params) => setParams({ ...change, at: undefined, drop: undefined, part: undefined }, true);
  return (
    <Explorer<Answer> kind="funnel" spec={spec} title={t("nav.funnel")} lead={t("funnel.lead")} asked={asked} onAsk={ask}
      question={<FunnelQuestion spec={spec} params={params} error={asked.error} onChange={ask} />}>
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
  const clock = useClock();
  const valueOf = useValueNames(spec.by);
  const step = Number(params.at);
  const value = spec.by ? partOf(params) : undefined;
  const sound = Number.isInteger(step) && step >= 1 && step <= spec.steps.length && (!spec.by || value !== undefined);
  const picked: Picked | undefined = sound ? { step, dropped: !!params.drop, ...(value !== undefined && { value }) } : undefined;
  const list = useBehind("/v1/queries/funnel", spec, picked);
  const close = () => setParams({ at: undefined, drop: undefined, part: undefined });
  const open: Open = (at, drop, group) => {
    const next = { at: String(at), drop: drop ? "1" : undefined, part: spec.by ? partParam(group) : undefined };
    if (params.at === next.at && params.drop === next.drop && params.part === next.part) close();
    else setParams(next);
  };
  const title = picked && t(picked.dropped ? "funnel.behind.dropped" : "funnel.behind", { step: names[picked.step - 1] ?? "" }) + (picked.value !== undefined ? ` · ${valueOf(picked.value)}` : "");
  return (
    <>
      <Bars answer={answer} spec={spec} onPress={open} />
      <Steps answer={answer} names={names} byText={spec.by ?? ""} unit={spec.count ?? "people"} picked={picked} onOpen={open} />
      {picked && <Behind title={title!} list={list} rule={ruleOfFunnel(spec, picked, clock)} onClose={close} />}
      <ConvertTimes parts={answer.parts} />
    </>
  );
}

function Bars({ answer, spec, onPress }: { answer: Answer; spec: FunnelSpec; onPress: Open }) {
  const { t } = useText();
  const { option, height } = useFunnelPicture(answer, spec);
  const parts = answer.parts.slice(0, SHOWN_PARTS);
  return (
    <Picture title={t("funnel.chart")} note={t(parts.length > 1 ? "funnel.chart.groups" : "funnel.chart.text")} label={t("funnel.chart")} file="funnel" option={option} height={height}
      onPress={({ seriesIndex, dataIndex }) => {
        if (parts.length > 1) onPress(dataIndex + 1, false, parts[seriesIndex]!.value);
        else if (seriesIndex === 0) onPress(dataIndex + 1, false, parts[0]!.value);
        else onPress(dataIndex, true, parts[0]!.value);
      }} />
  );
}

interface Line { key: string; group: string; value: string; at: number; name: string; people: number; share: number | null; step_share: number | null; drop: number | null }

function Steps({ answer, names, byText, unit, picked, onOpen }: { answer: Answer; names: string[]; byText: string; unit: string; picked: Picked | undefined; onOpen: Open }) {
  const { t, tr, exact } = useText();
  const numbers = useNumbers();
  const valueOf = useValueNames(byText);
  const lines: Line[] = answer.parts.flatMap((part) =>
    part.steps.map((step, at) => ({ key: `${part.value}/${at}`, group: part.value, value: valueOf(part.value), at, name: names[at]!, people: step.people, share: step.share, step_share: step.step_share, drop: at === 0 ? null : part.steps[at - 1]!.people - step.people })));
  const rows = () => [
    [...(byText ? [byText] : []), t("funnel.step"), tr("funnel.reached.", unit), t("funnel.share"), t("funnel.step_share"), t("funnel.drop")],
    ...lines.map((line) => [...(byText ? [line.value] : []), line.name, line.people, line.share, line.step_share, line.drop]),
  ];
  const chosen = (line: Line, at: number, dropped: boolean) => picked?.step === at && picked.dropped === dropped && (!byText || picked.value === line.group);
  const step = (line: Line) => (byText ? `${line.value} ${line.name}` : line.name);
  return (
    <Sheet title={t("funnel.table")} note={answer.more_parts ? t("explore.more_parts", { count: exact(answer.more_parts) }) : undefined} file="funnel" rows={rows}>
      <Rows<Line> label={t("funnel.table")} rowKey="key" list={{ data: lines, error: null, refetch: () => {} }} empty={{ title: t("funnel.empty") }}
        columns={[
          ...(byText ? [{ title: byText, key: "value", render: (_: unknown, line: Line) => <span className={line.at === 0 ? undefined : "visually-hidden"}>{line.value}</span> }] : []),
          { title: t("funnel.step"), dataIndex: "name" },
          { title: tr("funnel.reached.", unit), key: "people", align: "right", render: (_, line) =>
            <Opens text={exact(line.people)} chosen={chosen(line, line.at + 1, false)} label={t("funnel.open", { step: step(line), count: exact(line.people) })} onOpen={() => onOpen(line.at + 1, false, line.group)} /> },
          { title: t("funnel.share"), key: "share", align: "right", render: (_, line) => <span className="num">{numbers.share(line.share)}</span> },
          { title: t("funnel.step_share"), key: "step_share", align: "right", render: (_, line) => <span className="num">{line.at === 0 ? "–" : numbers.share(line.step_share)}</span> },
          { title: t("funnel.drop"), key: "drop", align: "right", render: (_, line) => line.drop === null ? "–" :
            <Opens text={exact(line.drop)} chosen={chosen(line, line.at, true)} label={t("funnel.open.drop", { step: step(line), count: exact(line.drop) })} onOpen={() => onOpen(line.at, true, line.group)} /> },
        ]} />
    </Sheet>
  );
}
