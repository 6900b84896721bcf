/// The list's filters: in the address as texts, to the server as its own names, and in saved views as JSON.
/// One table says what kind each is; everything else is derived.
import type { Params } from "@/app/search";

export type FilterKind = "text" | "list" | "number" | "instant";

export const filterKinds = {
  q: "text",
  stage: "list",
  tag_any: "list",
  tag_all: "list",
  tag_none: "list",
  owner: "text",
  store: "text",
  channel: "text",
  orders_min: "number",
  orders_max: "number",
  paid_fen_min: "number",
  paid_fen_max: "number",
  last_paid_from: "instant",
  last_paid_to: "instant",
  created_from: "instant",
  created_to: "instant",
  attribute: "text",
  value: "text",
  segment: "text",
} as const satisfies Record<string, FilterKind>;

export type FilterKey = keyof typeof filterKinds;
export type Filter = {
  [K in FilterKey]?: (typeof filterKinds)[K] extends "list" ? string[] : (typeof filterKinds)[K] extends "number" ? number : string;
};
const keys = Object.keys(filterKinds) as FilterKey[];

/// The address as a filter; texts that are not what they should be fall out.
export function toFilter(params: Params): Filter {
  const filter: Record<string, unknown> = {};
  for (const key of keys) {
    const text = params[key];
    if (!text) continue;
    const kind = filterKinds[key];
    if (kind === "list") filter[key] = text.split(",").filter(Boolean);
    else if (kind === "number") {
      if (/^-?\d{1,15}$/.test(text)) filter[key] = Number(text);
    } else if (kind === "instant") {
      if (!Number.isNaN(Date.parse(text))) filter[key] = new Date(text).toISOString();
    } else filter[key] = text;
  }
  if (!filter.attribute || !filter.value) {
    delete filter.attribute;
    delete filter.value;
  }
  return filter as Filter;
}

/// A filter as the address: every key is there, so that what is not set is taken out.
export function toParams(filter: Record<string, unknown>): Record<FilterKey, string | undefined> {
  const params = {} as Record<FilterKey, string | undefined>;
  for (const key of keys) {
    const value = filter[key];
    const text = Array.isArray(value) ? value.join(",") : value == null ? "" : String(value);
    params[key] = text || undefined;
  }
  return params;
}

/// Set filters beside the search text: how many the drawer holds.
export function countSet(params: Params): number {
  return keys.filter((key) => key !== "q" && key !== "value" && params[key]).length;
}

/// Adds or takes one value of a list in the address.
export function toggle(text: string | undefined, value: string): string | undefined {
  const list = text ? text.split(",") : [];
  const next = list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
  return next.join(",") || undefined;
}

/// Yuan as typed in a form, as fen; nothing when it is no amount.
export function fenOf(yuan: number | string | null | undefined): number | undefined {
  if (yuan === null || yuan === undefined || yuan === "") return undefined;
  const fen = Math.round(Number(yuan) * 100);
  return Number.isSafeInteger(fen) ? fen : undefined;
}

export const COLUMNS = ["phone", "stage", "tags", "orders", "paid", "last_paid", "owner", "channel", "store", "member_no", "created", "last_seen"] as const;
export type FixedColumn = (typeof COLUMNS)[number];
/// An attribute of the merchant's own stands beside the fixed columns as "a.skin_type".
export type Column = FixedColumn | `a.${string}`;
export const USUAL: Column[] = ["phone", "stage", "tags", "orders", "paid", "last_paid", "owner", "created"];
const isAttribute = (text: string): text is `a.${string}` => /^a\.[a-z][a-z0-9_]{0,63}$/.test(text);

/// Columns from the address or a saved view: the fixed ones in the table's order, then attributes in the order they were
/// chosen; the usual ones when none is known.
export function toColumns(text: string | string[] | undefined): Column[] {
  const wanted = typeof text === "string" ? text.split(",") : (text ?? []);
  const known = [...COLUMNS.filter((column) => wanted.includes(column)), ...new Set(wanted.filter(isAttribute))];
  return known.length ? known : USUAL;
}

/// The keys of the attributes among them.
export function attributeKeys(columns: Column[]): string[] {
  return columns.filter(isAttribute).map((column) => column.slice(2));
}

/// The address of columns; nothing for the usual ones.
export function columnsParam(columns: Column[]): string | undefined {
  const text = toColumns(columns).join(",");
  return text === USUAL.join(",") ? undefined : text;
}
