/// An event as the server reads it, "order_paid where amount >= 50元", and lists of them in the address.
import type { Params } from "@/app/search";

export interface StepText { event: string; where: string }
/// An event that must not come: anywhere inside (0), or after that step.
export interface NeverText { event: string; after: number }

/// More than the server takes, so that it can say so itself.
const LISTED = 20;

export function splitStep(text: string): StepText {
  const found = /^\s*(`[^`]*`|\S+)(?:\s+where\s+([\s\S]+))?\s*$/.exec(text);
  if (!found) return { event: text.trim(), where: "" };
  return { event: found[1]!.replaceAll("`", ""), where: (found[2] ?? "").trim() };
}

/// A name with blanks or marks in it stands in backticks.
export function joinStep({ event, where }: StepText): string {
  const name = /^[\p{L}_*][\p{L}\p{N}_]*$/u.test(event) ? event : `\`${event}\``;
  return where.trim() ? `${name} where ${where.trim()}` : name;
}

/// "step1", "step2", … up to the first that is missing.
export function listOf(params: Params, key: string): string[] {
  const out: string[] = [];
  for (let at = 1; at <= LISTED && params[`${key}${at}`]; at++) out.push(params[`${key}${at}`]!);
  return out;
}

/// The same list as the address: what stood behind its end leaves.
export function listParams(key: string, list: string[]): Params {
  return Object.fromEntries(Array.from({ length: LISTED }, (_, at) => [`${key}${at + 1}`, list[at]]));
}

export function neverOf(text: string): NeverText {
  const found = /^(\d+):([\s\S]+)$/.exec(text);
  return found ? { after: Number(found[1]), event: found[2]! } : { after: 0, event: text };
}
export const neverText = ({ event, after }: NeverText) => `${after}:${event}`;

/// One of a list moved by a place; the same list at its ends.
export function moved<T>(list: T[], at: number, by: 1 | -1): T[] {
  const to = at + by;
  if (to < 0 || to >= list.length) return list;
  const out = [...list];
  [out[at], out[to]] = [out[to]!, out[at]!];
  return out;
}

/// "7d" as its number and its unit.
export function lengthOf(text: string): { n: number; unit: string } | undefined {
  const found = /^(\d{1,6})(mo|[smhdw])$/.exec(text);
  return found ? { n: Number(found[1]), unit: found[2]! } : undefined;
}
