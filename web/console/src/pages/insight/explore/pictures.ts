/// Each answer as a drawing: what an explorer shows large and a dashboard shows small.
import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "react";
import type { ReplyOf } from "@shared/client";
import { colour, tones } from "@/charts/colours";
import { useText } from "@/i18n/use";
import { useNumbers } from "@/pages/home/numbers";
import { useShownMode } from "@/theme/mode";
import { isMoney, running, weighted } from "./averages";
import { flowOf, type Node } from "./flow";
import { useKinds } from "./kinds";
import type { ActivitySpec, AttributionSpec, FunnelSpec, PathsSpec, RetentionSpec } from "./specs";
import { useValueNames } from "./values";

export type FunnelAnswer = ReplyOf<"/v1/queries/funnel", "post">;
export type RetentionAnswer = ReplyOf<"/v1/queries/retention", "post">;
export type PathsAnswer = ReplyOf<"/v1/queries/paths", "post">;
export type ActivityAnswer = ReplyOf<"/v1/queries/activity", "post">;
export type AttributionAnswer = ReplyOf<"/v1/queries/attribution", "post">;
export type Measure = "events" | "people" | "sum";
export interface Drawn { option: EChartsCoreOption; height: number; flow?: boolean }

export const SHOWN_PARTS = 6, SHOWN_TOUCHES = 14;
export const MEASURES: Measure[] = ["events", "people", "sum"];

/// The words of the steps, for charts, tables and files.
export function useStepNames(steps: { event: string }[]): string[] {
  const { labelOf } = useKinds();
  return steps.map((step, at) => `${at + 1} ${labelOf(step.event)}`);
}

export function useFunnelPicture(answer: FunnelAnswer, spec: FunnelSpec): Drawn {
  const { t, tr, exact, count } = useText();
  const numbers = useNumbers();
  const names = useStepNames(answer.parts[0]?.steps ?? []);
  const valueOf = useValueNames(spec.by);
  const mode = useShownMode();
  const unit = spec.count ?? "people";
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
  return { option, height: Math.max(210, names.length * (parts.length > 1 ? 22 + parts.length * 20 : 62)) };
}

/// What sums are sums of: money reads as money.
export function useSums(spec: ActivitySpec) {
  const { money, lang } = useText();
  return useMemo(() => {
    const fen = isMoney(spec.property);
    const say = (value: number | null | undefined) => (value == null ? "–" : fen ? money(Math.round(value)) : value.toLocaleString(lang, { maximumFractionDigits: 2 }));
    return { money: fen, say };
  }, [spec.property, money, lang]);
}

export function useActivityPicture(answer: ActivityAnswer, spec: ActivitySpec, look: { show?: string; running?: string }): Drawn {
  const { t, tr, exact, count, moneyShort } = useText();
  const valueOf = useValueNames(spec.by);
  const sums = useSums(spec);
  const mode = useShownMode();
  const measure = MEASURES.find((one) => one === look.show) ?? "events";
  const parts = answer.parts.slice(0, SHOWN_PARTS);
  const option = useMemo(() => {
    const money = measure === "sum" && sums.money;
    const say = (value: number) => (money ? sums.say(value) : exact(value));
    const read = (points: ActivityAnswer["parts"][number]["points"]) => (look.running ? running : (list: number[]) => list)(points.map((one) => one[measure]));
    const bar = !look.running && parts.length === 1 && !spec.compare;
    return {
      legend: parts.length === 1 && !spec.compare ? { show: false } : { ...(spec.by && { data: parts.map((part) => valueOf(part.value)) }) },
      grid: { left: 4, right: 14, top: parts.length === 1 && !spec.compare ? 16 : 38, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", valueFormatter: (value: number) => (value == null ? "–" : say(value)) },
      xAxis: { type: "category", boundaryGap: bar, data: parts[0]?.points.map((one) => one.start) ?? [], axisLabel: { hideOverlap: true } },
      yAxis: { type: "value", axisLabel: { formatter: (value: number) => (money ? moneyShort(value) : count(value)) } },
      series: [
        ...parts.map((part) => ({ name: spec.by ? valueOf(part.value) : tr("activity.measure.", measure), type: bar ? "bar" : "line", barMaxWidth: 26, symbolSize: 6, showSymbol: part.points.length < 60, data: read(part.points) })),
        ...(spec.compare ? parts.slice(0, 3).flatMap((part, at) => {
          const before = answer.before.find((one) => one.value === part.value);
          // The dashed line wears the colour of its part.
          return before ? [{ name: `${spec.by ? valueOf(part.value) : tr("activity.measure.", measure)} · ${t("activity.before")}`, type: "line", symbol: "none", itemStyle: { color: colour(tones[at]!) }, lineStyle: { type: "dashed", opacity: 0.6 }, data: read(before.points).slice(0, part.points.length) }] : [];
        }) : []),
      ],
    };
  }, [answer, measure, look.running, spec, sums, valueOf, t, tr, exact, count, moneyShort, mode]);
  return { option, height: 320 };
}

type Touch = AttributionAnswer["rows"][number];

/// A touch by what it is called; `by` says what its value is a value of.
export function useTouchNames(by: string | null | undefined): (row: Touch) => string {
  const { t } = useText();
  const valueOf = useValueNames(by);
  return useMemo(() => (row: Touch) => (row.touched ? valueOf(row.value) : t("attribution.untouched")), [valueOf, t]);
}

export function useAttributionPicture(answer: AttributionAnswer, spec: AttributionSpec, byMoney: boolean): Drawn {
  const { tr, money, lang, count } = useText();
  const numbers = useNumbers();
  const mode = useShownMode();
  const nameOf = useTouchNames(spec.by);
  const option = useMemo(() => {
    const shown = answer.rows.slice(0, SHOWN_TOUCHES);
    const value = (row: Touch) => (byMoney ? row.fen : row.conversions);
    // Shared credit is a fraction of a conversion.
    const say = (n: number) => (byMoney ? money(n) : n.toLocaleString(lang, { maximumFractionDigits: 1 }));
    return {
      legend: { show: false },
      grid: { left: 4, right: 56, top: 6, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: say },
      xAxis: { type: "value", axisLabel: { formatter: (n: number) => (byMoney ? money(n).replace(/\.00$/, "") : count(n)), hideOverlap: true } },
      yAxis: { type: "category", inverse: true, data: shown.map(nameOf), axisTick: { show: false }, axisLabel: { width: 116, overflow: "truncate" } },
      series: [{ name: tr("attribution.show.", byMoney ? "fen" : "conversions"), type: "bar", barMaxWidth: 26, label: { show: true, position: "right", color: colour("--ink-2"), textBorderWidth: 0, formatter: ({ dataIndex }: { dataIndex: number }) => numbers.share(shown[dataIndex]?.share) },
        data: shown.map((row) => ({ value: value(row), itemStyle: row.touched ? {} : { color: colour("--line-strong"), decal: { symbol: "rect", color: colour("--surface"), dashArrayX: [1, 0], dashArrayY: [3, 4], rotation: 0.785 } } })) }],
    };
  }, [answer, byMoney, lang, tr, money, count, numbers, nameOf, mode]);
  return { option, height: Math.max(200, Math.min(SHOWN_TOUCHES, answer.rows.length) * 38 + 40) };
}

export function usePathsPicture(answer: PathsAnswer, spec: PathsSpec): Drawn & { empty: boolean } {
  const { exact } = useText();
  const { nameOf, labelOf } = useKinds();
  const mode = useShownMode();
  const back = spec.direction === "before";
  const drawn = useMemo(() => flowOf(answer.links, back), [answer, back]);
  const option = useMemo(() => {
    const name = (node: Node) => (node.level === 0 ? labelOf(node.event) : nameOf(node.event));
    const by = new Map(drawn.nodes.map((node) => [node.name, name(node)]));
    // An event wears one colour on every level; the tail is grey.
    const events = [...new Set(drawn.nodes.filter((node) => node.level > 0 && node.event).sort((a, b) => b.times - a.times).map((node) => node.event))];
    const toneOf = (node: Node) => (node.event ? tones[node.level === 0 ? 0 : 1 + (events.indexOf(node.event) % (tones.length - 2))]! : "--line-strong");
    return {
      tooltip: { trigger: "item", formatter: (what: { dataType: string; value: number; data: { source: string; target: string }; name: string }) =>
        what.dataType === "edge" ? `${by.get(what.data.source)} → ${by.get(what.data.target)}\n${exact(what.value)}` : `${by.get(what.name)}\n${exact(what.value)}` },
      series: [{
        type: "sankey", left: 8, right: 120, top: 12, bottom: 12, nodeGap: 14, nodeWidth: 14, draggable: false, layoutIterations: 24, emphasis: { focus: "adjacency" },
        label: { width: 112, overflow: "truncate", color: colour("--ink"), textBorderWidth: 0, formatter: ({ name: key }: { name: string }) => `${by.get(key)}` },
        lineStyle: { color: "source", opacity: 0.24, curveness: 0.5 },
        data: drawn.nodes.map((node) => ({ ...node, itemStyle: { color: colour(toneOf(node)), borderWidth: 0 } })), links: drawn.links,
      }],
    };
  }, [drawn, labelOf, nameOf, exact, mode]);
  const widest = Math.max(...Array.from({ length: 8 }, (_, level) => drawn.nodes.filter((node) => node.level === level).length));
  return { option, height: Math.max(280, widest * 52), flow: true, empty: drawn.links.length === 0 };
}

/// What share of all cohorts together came back, period by period; of each group, when there are groups.
export function useReturnsPicture(answer: RetentionAnswer, spec: RetentionSpec): Drawn & { average: (number | null)[]; today: string } {
  const { t, day } = useText();
  const numbers = useNumbers();
  const valueOf = useValueNames(spec.by);
  const mode = useShownMode();
  const today = day(answer.basis.as_of);
  const width = Math.max(0, ...answer.cohorts.map((row) => row.back.filter((value) => value != null).length));
  const average = useMemo(() => Array.from({ length: width }, (_, k) => weighted(answer.cohorts, k, answer.unit, today)), [answer, width, today]);
  const option = useMemo(() => {
    const parts = answer.parts.slice(0, SHOWN_PARTS);
    const line = (name: string, data: (number | null)[], area: boolean) => ({ name, type: "line", symbolSize: 7, ...(area && { areaStyle: { opacity: 0.1 } }), data });
    return {
      legend: parts.length ? {} : { show: false },
      grid: { left: 4, right: 16, top: parts.length ? 38 : 16, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", valueFormatter: (value: number | null) => numbers.share(value) },
      xAxis: { type: "category", boundaryGap: false, data: average.map((_, k) => `+${k}`) },
      yAxis: { type: "value", axisLabel: { formatter: (value: number) => numbers.share(value) } },
      series: parts.length
        ? parts.map((part) => line(valueOf(part.value), average.map((_, k) => weighted(part.cohorts, k, answer.unit, today)), false))
        : [line(t("returns.average"), average, true)],
    };
  }, [answer, average, numbers, valueOf, today, t, mode]);
  return { option, height: 260, average, today };
}
