/// Values of attributes between what is stored, what is shown and what a form holds.
import dayjs from "dayjs";
import type { ReplyOf } from "@shared/client";

export type Def = ReplyOf<"/v1/attributes", "get">["data"][number];
/// The options of gender are ours, so they have names; those of the merchant's own attributes are words already.
export const named = (key: string | undefined, value: string, tr: Say["tr"]) => (key === "gender" ? tr("gender.", value) : value);
export interface Say { money: (fen: number) => string; tr: (prefix: string, value: string) => string }

/// A stored value as people read it: money, a JSON list as words, an option by its name.
export function shownValue(def: Pick<Def, "key" | "type"> | undefined, value: string, { money, tr }: Say): string {
  const type = def?.type;
  if (type === "money" && /^-?\d+(\.\d+)?$/.test(value)) return money(Math.round(Number(value) * 100));
  if (type === "multi" && value.startsWith("[")) {
    try {
      return (JSON.parse(value) as string[]).join(", ");
    } catch {
      return value;
    }
  }
  return named(def?.key, value, tr);
}

export function formValue(type: string, value: string | undefined): unknown {
  if (!value) return undefined;
  if (type === "date") return dayjs(value);
  if (type === "multi") return value.startsWith("[") ? JSON.parse(value) : value.split(",");
  return value;
}

/// A field of the form as the text the server reads; undefined when the field was never there.
export function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return "";
  if (dayjs.isDayjs(value)) return value.format("YYYY-MM-DD");
  if (Array.isArray(value)) return value.length ? JSON.stringify(value) : "";
  return String(value).trim();
}
