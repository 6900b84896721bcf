/// People of an answer as a rule, where the rule language says the same: then a segment follows what happens by itself.
import type { ActivitySpec, FunnelSpec } from "./specs";
import { dayOf, plusDays, type Clock } from "./stretch";

/// " between 2026-11-01 and 2026-11-08": days of the merchant, the last one left out; "" for all time.
function windowOf(from: string | undefined, to: string | undefined): string {
  return from && to ? ` between ${from} and ${to}` : "";
}

const among = (rule: string, text: string | null | undefined) => (text ? `${rule} and (${text})` : rule);

interface Times { from?: string | null; to?: string | null; days?: number | null }

/// The days a question is about; undefined when they do not begin and end at midnight or do not say both.
function daysOf(spec: Times, clock: Clock): { from?: string; to?: string } | undefined {
  const tomorrow = plusDays(dayOf(clock.now, clock.zone), 1);
  if (spec.days) return { from: plusDays(tomorrow, -spec.days), to: tomorrow };
  if (!spec.from && !spec.to) return {};
  if (!spec.from) return undefined;
  return { from: dayOf(Date.parse(spec.from), clock.zone), to: spec.to ? dayOf(Date.parse(spec.to), clock.zone) : tomorrow };
}

/// Who did the first step. Later steps depend on their order and time, which a list keeps as they were.
export function ruleOfFunnel(spec: FunnelSpec, picked: { step: number; dropped: boolean; value?: string }, clock: Clock): string | undefined {
  const days = daysOf(spec, clock);
  if (picked.step !== 1 || picked.dropped || picked.value !== undefined || spec.order === "any" || spec.segment || !days) return undefined;
  return among(`did(${spec.steps[0]}${windowOf(days.from, days.to)})`, spec.among);
}

/// Who did it in one period.
export function ruleOfActivity(spec: ActivitySpec, start: string, value: string | undefined): string | undefined {
  if (value !== undefined || spec.segment) return undefined;
  return among(`did(${spec.event}${windowOf(start, nextStart(start, spec.unit ?? "day"))})`, spec.among);
}

/// The first day of the period after the one that begins on a day.
export function nextStart(start: string, unit: string): string {
  if (unit !== "month") return plusDays(start, unit === "week" ? 7 : 1);
  const [year, month] = start.split("-").map(Number) as [number, number];
  return month === 12 ? `${year + 1}-01-01` : `${year}-${String(month + 1).padStart(2, "0")}-01`;
}
