/// Each explorer's question: the address gives it, what the address leaves out is the usual.
import type { BodyOf } from "@shared/client";
import type { Params } from "@/app/search";
import { listOf, neverOf } from "./steps";
import { DAYS_MAX, stretchOf, type Clock } from "./stretch";

export type FunnelSpec = BodyOf<"/v1/queries/funnel", "post">;
export type RetentionSpec = BodyOf<"/v1/queries/retention", "post">;
export type PathsSpec = BodyOf<"/v1/queries/paths", "post">;
export type ActivitySpec = BodyOf<"/v1/queries/activity", "post">;
export type AttributionSpec = BodyOf<"/v1/queries/attribution", "post">;
export type TilesSpec = BodyOf<"/v1/queries/rfm", "post">;

/// What each page asks before anybody has asked anything.
export const USUAL = {
  steps: ["mini_program_opened", "product_viewed", "cart_added", "order_paid"],
  funnelWindow: "1d",
  first: "mini_program_opened",
  anchor: "mini_program_opened",
  pathWindow: "1h",
  event: "order_paid",
  touch: "mini_program_opened where touch.channel is set",
  conversion: "order_paid",
  lookback: "30d",
  credit: "last",
  by: "touch.channel",
  days: "30",
  rfmDays: "365",
} as const;

/// Whole numbers of the address, whatever they are: the server says which it takes.
const whole = (text: string | undefined) => (text && /^-?\d{1,9}$/.test(text) ? Number(text) : undefined);
const list = (texts: string[]) => (texts.length ? texts : undefined);
/// Whom it is about: a segment, a rule, or everybody.
const whoOf = (params: Params) => ({ segment: params.segment, among: params.among });
/// Nothing that is not asked: the same question has one spelling.
function bare<T extends object>(spec: T): T {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)) as T;
}

export function funnelOf(params: Params, clock: Clock): FunnelSpec {
  const steps = listOf(params, "step");
  return bare({
    steps: steps.length ? steps : [...USUAL.steps],
    window: params.window ?? USUAL.funnelWindow,
    order: params.order,
    count: params.count,
    same: params.same,
    never: list(listOf(params, "not"))?.map(neverOf),
    by: params.by,
    ...stretchOf(params, clock, USUAL.days),
    ...whoOf(params),
  });
}

export function retentionOf(params: Params, clock: Clock): RetentionSpec {
  return bare({
    first: params.first ?? USUAL.first,
    back: params.back,
    unit: params.unit ?? "week",
    periods: whole(params.periods),
    first_is: params.first_is,
    rolling: params.rolling ? true : undefined,
    by: params.by,
    ...stretchOf(params, clock, "auto"),
    ...whoOf(params),
  });
}

export function pathsOf(params: Params, clock: Clock): PathsSpec {
  return bare({
    anchor: params.anchor ?? USUAL.anchor,
    window: params.window ?? USUAL.pathWindow,
    direction: params.direction,
    depth: whole(params.depth),
    events: list(listOf(params, "only")),
    but: list(listOf(params, "but")),
    every: params.every ? true : undefined,
    repeats: params.repeats ? true : undefined,
    ...stretchOf(params, clock, USUAL.days),
    ...whoOf(params),
  });
}

/// Where the server means thirty days by nothing, all time is said in days.
const spread = (params: Params, clock: Clock) => (params.days === "all" && !params.from && !params.to ? { days: DAYS_MAX } : stretchOf(params, clock, USUAL.days));

export function activityOf(params: Params, clock: Clock): ActivitySpec {
  return bare({
    event: params.event ?? USUAL.event,
    unit: params.unit ?? "day",
    by: params.by,
    property: params.property,
    compare: params.compare ? true : undefined,
    spread: params.spread ? true : undefined,
    ...spread(params, clock),
    ...whoOf(params),
  });
}

export function attributionOf(params: Params, clock: Clock): AttributionSpec {
  return bare({
    touch: params.touch ?? USUAL.touch,
    conversion: params.conversion ?? USUAL.conversion,
    by: params.by ?? USUAL.by,
    lookback: params.lookback ?? USUAL.lookback,
    credit: params.credit ?? USUAL.credit,
    ...spread(params, clock),
    ...whoOf(params),
  });
}

export function tilesOf(params: Params, clock: Clock): TilesSpec {
  return bare({
    event: params.event ?? USUAL.event,
    tiles: whole(params.tiles),
    ...stretchOf(params, clock, USUAL.rfmDays),
    ...whoOf(params),
  });
}
