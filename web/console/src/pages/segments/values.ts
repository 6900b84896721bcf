/// Operands as a form shows them and as the rule keeps them; which operand an operator takes of which type.
import type { Value, Window } from "./rule";

export type Type = "any" | "text" | "number" | "money" | "boolean" | "date" | "time" | "duration" | "set" | "list" | "object";
export type Operands = "none" | "one" | "text" | "two" | "some" | "day" | "duration" | "calendar" | "percent";

const has = <K extends string>(value: Value | undefined, key: K): value is Extract<Value, Record<K, unknown>> => typeof value === "object" && value !== null && key in value;

// ---- one value ------------------------------------------------------------------------------------------------------

/// What a value is, by itself.
export function typeOfValue(value: Value | undefined): Type | undefined {
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "number" || has(value, "number")) return "number";
  if (has(value, "money")) return "money";
  if (has(value, "day")) return "date";
  if (has(value, "time")) return "time";
  if (has(value, "duration")) return "duration";
  return undefined;
}

export function numberOf(value: Value | undefined): number | undefined {
  if (typeof value === "number") return value;
  return has(value, "number") ? Number(value.number) : undefined;
}
/// At most six decimals, as the rule keeps them; whole numbers are plain.
export function ofNumber(n: number): Value {
  if (Number.isInteger(n)) return n;
  return { number: n.toFixed(6).replace(/0+$/, "").replace(/\.$/, "") };
}

const YUAN = "\u5143"; // the unit as the rule writes it; the other one is fen
/// In yuan, whatever unit was typed.
export function yuanOf(value: Value | undefined): number | undefined {
  if (!has(value, "money")) return undefined;
  const found = /^(-?\d+(?:\.\d+)?)([\u5143\u5206])$/.exec(value.money);
  return found ? Number(found[1]) / (found[2] === YUAN ? 1 : 100) : undefined;
}
export const ofYuan = (yuan: number): Value => ({ money: `${yuan.toFixed(2)}${YUAN}` });

export interface Length { n: number; unit: string }
export const UNITS = ["m", "h", "d", "w", "mo"] as const;
export function lengthOf(text: string | undefined): Length | undefined {
  const found = /^(\d{1,7})(mo|[smhdw])$/.exec(text ?? "");
  return found ? { n: Number(found[1]), unit: found[2]! } : undefined;
}
export const lengthText = ({ n, unit }: Length) => `${n}${unit}`;

export const dayOf = (value: Value | undefined): string | undefined => (has(value, "day") ? value.day : has(value, "time") ? value.time.slice(0, 10) : undefined);
export const SPANS = ["today", "yesterday", "this week", "last week", "this month", "last month", "this year", "last year"] as const;

// ---- the operands of an operator ------------------------------------------------------------------------------------

/// How many operands there are to fill in; for a list, at least one.
export const wanted = (operands: Operands): number => (operands === "none" ? 0 : operands === "two" ? 2 : 1);

/// A first operand, where there is a usual one.
export function usual(operands: Operands, type: Type): Value[] {
  switch (operands) {
    case "duration": return [{ duration: "30d" }];
    case "calendar": return [{ calendar: "this month" }];
    case "percent": return [10];
    case "one": return type === "boolean" ? [true] : type === "duration" ? [{ duration: "30d" }] : [];
    default: return [];
  }
}

function fits(value: Value, operands: Operands, type: Type): boolean {
  const is = typeOfValue(value);
  switch (operands) {
    case "none": return false;
    case "text": return is === "text";
    case "day": return is === "date" || is === "time";
    case "duration": return is === "duration";
    case "calendar": return has(value, "calendar");
    case "percent": return is === "number";
    default:
      if (type === "any" || type === "list" || type === "object") return is !== undefined;
      if (type === "set") return is === "text";
      if (type === "time") return is === "date" || is === "time";
      return is === type;
  }
}

/// Another operator, or another subject: what still fits stays, the rest is usual or open.
export function carried(values: Value[], operands: Operands, type: Type): Value[] {
  const kept = values.filter((value) => fits(value, operands, type)).slice(0, operands === "some" ? undefined : wanted(operands));
  return kept.length ? kept : usual(operands, type);
}

/// Whether all operands are there. An empty text is none yet.
export function filled(values: Value[], operands: Operands): boolean {
  if (operands === "none") return true;
  const there = values.filter((value) => value !== "" && !(has(value, "duration") && !(lengthOf(value.duration)?.n)));
  return there.length === values.length && there.length >= wanted(operands);
}

// ---- windows --------------------------------------------------------------------------------------------------------

export type WindowKind = "ever" | "last" | "ago" | "calendar" | "between" | "since";
export const WINDOWS: WindowKind[] = ["last", "calendar", "ago", "between", "since", "ever"];
export function windowKind(window: Window | undefined): WindowKind {
  if (!window) return "ever";
  if ("last" in window) return "last";
  if ("from_ago" in window) return "ago";
  if ("calendar" in window) return "calendar";
  return "since" in window ? "since" : "between";
}
export function usualWindow(kind: WindowKind, today: string): Window | undefined {
  switch (kind) {
    case "last": return { last: "30d" };
    case "ago": return { from_ago: "60d", to_ago: "30d" };
    case "calendar": return { calendar: "this month" };
    case "between": return { from: { day: `${today.slice(0, 7)}-01` }, to: { day: today } };
    case "since": return { since: { event: "friend_added" } };
    case "ever": return undefined;
  }
}
