/// Which days a question is about: the last so many, days of the calendar, or all; in the merchant's zone.
import type { Params } from "@/app/search";

export interface Clock { zone: string; now: number }
export interface Stretch { from?: string; to?: string; days?: number }

const DAY = 86_400_000;
export const DAYS_MAX = 3660;
const isDay = (text: string | undefined): text is string => !!text && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

/// The wall clock of a zone, read as if it were UTC.
function wall(at: number, zone: string): number {
  const made = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).formatToParts(new Date(at));
  const part = (type: string) => Number(made.find((one) => one.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
}

export const dayOf = (at: number, zone: string) => new Date(wall(at, zone)).toISOString().slice(0, 10);
export const plusDays = (day: string, days: number) => new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);

/// The instant at which a day begins. The offset is looked up twice: it may change on that very day.
export function startOf(day: string, zone: string): string {
  const wanted = Date.parse(`${day}T00:00:00Z`);
  let at = wanted;
  for (let turn = 0; turn < 2; turn++) at = wanted - (wall(at, zone) - at);
  return new Date(at).toISOString();
}

/// `usual`: what is meant when the address says nothing; "all" and "auto" leave it to the server.
export function stretchOf(params: Params, clock: Clock, usual: string): Stretch {
  if (isDay(params.from) || isDay(params.to)) {
    return {
      ...(isDay(params.from) && { from: startOf(params.from, clock.zone) }),
      ...(isDay(params.to) && { to: startOf(plusDays(params.to, 1), clock.zone) }),
    };
  }
  const days = Number(params.days ?? usual);
  if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX) return {};
  return { days };
}
