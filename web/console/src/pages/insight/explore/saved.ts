/// A saved chart and the address of the explorer that shows it, both ways.
import type { ReplyOf } from "@shared/client";
import { tidy, type Params } from "@/app/search";
import { activityOf, attributionOf, funnelOf, pathsOf, retentionOf, tilesOf, USUAL, type ActivitySpec, type AttributionSpec, type FunnelSpec, type PathsSpec, type RetentionSpec, type TilesSpec } from "./specs";
import { listParams, neverText, type NeverText } from "./steps";
import { dayOf, DAYS_MAX, type Clock, type Stretch } from "./stretch";

export type SavedChart = ReplyOf<"/v1/charts/{chart}", "get">;
export const CHART_KINDS = ["funnel", "retention", "paths", "activity", "attribution", "rfm"] as const;
export type ChartKind = (typeof CHART_KINDS)[number];
export type AnySpec = FunnelSpec | RetentionSpec | PathsSpec | ActivitySpec | AttributionSpec | TilesSpec;

export const isKind = (kind: string): kind is ChartKind => CHART_KINDS.includes(kind as ChartKind);
export const addressOf = (kind: ChartKind) => `/explore/${kind}` as const;

/// What of an address is no question but a way to look at the answer.
const LOOKS: Record<ChartKind, string[]> = { funnel: [], retention: ["show"], paths: [], activity: ["show", "running"], attribution: ["show"], rfm: [] };
export const lookOf = (kind: ChartKind, params: Params): Record<string, string> => tidy(Object.fromEntries(LOOKS[kind].map((key) => [key, params[key]])));

const ASKS: Record<ChartKind, (params: Params, clock: Clock) => AnySpec> = { funnel: funnelOf, retention: retentionOf, paths: pathsOf, activity: activityOf, attribution: attributionOf, rfm: tilesOf };
export const specOf = (kind: ChartKind, params: Params, clock: Clock): AnySpec => ASKS[kind](params, clock);

/// The same whatever the order in which it was written, and with what is not asked left out.
function spelling(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spelling);
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).filter(([, one]) => one != null && one !== false).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, spelling(one)]));
  return value;
}
export const sameThing = (a: unknown, b: unknown) => JSON.stringify(spelling(a)) === JSON.stringify(spelling(b));

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const text = (value: unknown, usual?: string) => (isText(value) && value !== usual ? value : undefined);
const flag = (value: unknown) => (value ? "1" : undefined);
const number = (value: unknown) => (value == null ? undefined : String(value));
const texts = (list: unknown) => (Array.isArray(list) ? list.filter(isText) : []);

/// `usual`: what the page means when the address says nothing; `open`: what it calls no bounds at all.
function timeOf(spec: Stretch, clock: Clock, usual: string, open: string): Params {
  if (spec.from || spec.to) {
    return {
      from: spec.from ? dayOf(Date.parse(spec.from), clock.zone) : undefined,
      to: spec.to ? dayOf(Date.parse(spec.to) - 1, clock.zone) : undefined, // the last day is named, not the one after it
    };
  }
  const days = spec.days ? (spec.days >= DAYS_MAX ? "all" : String(spec.days)) : open;
  return { days: days === usual ? undefined : days };
}

/// The address of the explorer that asks this; the whole question, so that nothing is left to what is usual.
export function paramsOf(kind: ChartKind, spec: Record<string, unknown>, look: Record<string, string>, clock: Clock): Record<string, string> {
  const s = spec as Record<string, unknown> & Stretch;
  const who = { segment: text(s.segment), among: text(s.among) };
  const time = timeOf(s, clock, kind === "retention" ? "auto" : kind === "rfm" ? USUAL.rfmDays : USUAL.days, kind === "retention" ? "auto" : kind === "activity" || kind === "attribution" ? USUAL.days : "all");
  const own: Record<ChartKind, () => Params> = {
    funnel: () => ({ ...listParams("step", texts(s.steps)), ...listParams("not", ((s.never ?? []) as NeverText[]).map((one) => neverText({ event: one.event, after: one.after ?? 0 }))), window: text(s.window, USUAL.funnelWindow), order: text(s.order, "ordered"), count: text(s.count, "people"), same: text(s.same), by: text(s.by) }),
    retention: () => ({ first: text(s.first, USUAL.first), back: text(s.back), unit: text(s.unit, "week"), periods: number(s.periods), first_is: text(s.first_is, "ever"), rolling: flag(s.rolling), by: text(s.by) }),
    paths: () => ({ anchor: text(s.anchor, USUAL.anchor), window: text(s.window, USUAL.pathWindow), direction: text(s.direction, "after"), depth: number(s.depth), ...listParams("only", texts(s.events)), ...listParams("but", texts(s.but)), every: flag(s.every), repeats: flag(s.repeats) }),
    activity: () => ({ event: text(s.event, USUAL.event), unit: text(s.unit, "day"), by: text(s.by), property: text(s.property), compare: flag(s.compare), spread: flag(s.spread) }),
    // The server's usual credit is the first touch, the page's is the last.
    attribution: () => ({ touch: text(s.touch, USUAL.touch), conversion: text(s.conversion, USUAL.conversion), by: text(s.by, USUAL.by), lookback: text(s.lookback, USUAL.lookback), credit: text(s.credit ?? "first", USUAL.credit) }),
    rfm: () => ({ event: text(s.event, USUAL.event), tiles: number(s.tiles) }),
  };
  return tidy({ ...own[kind](), ...time, ...who, ...look });
}
