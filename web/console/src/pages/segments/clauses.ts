/// Clauses as the builder offers them: how a new one begins, what it is shown as, when it is whole.
import { put, type AggregateIs, type Clause, type Events, type FieldIs, type Leaf, type Selection, type Window } from "./rule";
import { kindOf, membersOf } from "./rule";
import { carried, filled, type Type } from "./values";
import { aggregateType, ANY_EVENT, operandsOf, operatorsOf, propertyType, wantsProperty, type Words } from "./words";

/// What "add a condition" offers, in this order.
export const CHOICES = ["fact", "tags", "deed", "silence", "without", "sequence", "reach", "relation", "segment", "list", "changed", "share"] as const;
export type Choice = (typeof CHOICES)[number];

export function begun(choice: Choice, words: Words): { leaf: Leaf; not?: boolean } {
  const usualEvent = words.events.find((one) => one.name === "order_paid")?.name ?? words.events[0]?.name ?? ANY_EVENT;
  switch (choice) {
    case "fact": return { leaf: { field: "stage", op: "in", values: [] } };
    case "tags": return { leaf: { field: "tags", op: "has any", values: [] } };
    case "deed": return { leaf: { aggregate: { fn: "count", event: usualEvent, window: { last: "30d" } }, op: ">=", values: [1] } };
    case "silence": return { leaf: { did: { event: ANY_EVENT, window: { last: "14d" } } }, not: true };
    case "without": return { leaf: { did: { event: "cart_added", window: { last: "3d" } }, without: { event: usualEvent }, after: "24h" } };
    case "sequence": return { leaf: { seq: [{ event: "code_scanned" }, { event: "friend_added", within: "1h" }], window: { last: "90d" } } };
    case "reach": return { leaf: { field: "reachable", args: ["wecom", "marketing"], op: "=", values: [true] } };
    case "relation": return { leaf: { field: "staff", op: "in", values: [] } };
    case "segment": return { leaf: { in_segment: "" } };
    case "list": return { leaf: { in_list: "" } };
    case "changed": return { leaf: { changed: words.attributes[0]?.key ?? "", window: { last: "30d" } } };
    case "share": return { leaf: { bucket: { seed: "", from: 0, to: 100 } } };
  }
}

/// Which editor a clause has.
export type Shape = "field" | "deed" | "without" | "sequence" | "changed" | "segment" | "list" | "share" | "element";
export function shapeOf(leaf: Leaf): Shape {
  if ("field" in leaf) return "field";
  if ("aggregate" in leaf) return "deed";
  if ("without" in leaf) return "without";
  if ("did" in leaf) return "deed";
  if ("seq" in leaf) return "sequence";
  if ("changed" in leaf) return "changed";
  if ("in_segment" in leaf) return "segment";
  if ("in_list" in leaf) return "list";
  return "bucket" in leaf ? "share" : "element";
}

// ---- a comparison of a fact -----------------------------------------------------------------------------------------

/// The arguments a fact takes, and what they usually are.
const ARGS: Record<string, string[]> = { reachable: ["wecom", "marketing"], consent: ["wecom", "marketing"], has_id: ["phone_e164"], referrals: ["1"] };

/// The same clause about something else: the operator and the operands stay where they fit.
export function about(words: Words, leaf: FieldIs, field: string, type: Type): FieldIs {
  const ops = operatorsOf(words, type, "en");
  const first = type === "text" ? "in" : type === "set" ? "has any" : type === "number" || type === "money" ? ">=" : type === "date" || type === "time" ? "in last" : "=";
  const op = ops.some((one) => one.op === leaf.op) ? leaf.op : (ops.find((one) => one.op === first)?.op ?? ops[0]?.op ?? "=");
  const { field: _, args: __, lens: ___, ...rest } = leaf;
  const out: FieldIs = { field, ...rest, op, values: carried(leaf.values, operandsOf(words, op), type) };
  return ARGS[field] ? { ...out, args: ARGS[field] } : out;
}

export function withOp<T extends { op: string; values: FieldIs["values"] }>(words: Words, leaf: T, op: string, type: Type): T {
  return { ...leaf, op, values: carried(leaf.values, operandsOf(words, op), type) };
}

// ---- what was done --------------------------------------------------------------------------------------------------

/// "did", "never", or an aggregate's name.
export type Measure = string;
export type Deed = AggregateIs | { did: Events };
export const measureOf = (leaf: Deed, not: boolean): Measure => ("did" in leaf ? (not ? "never" : "did") : leaf.aggregate.fn);
export function eventsOf(leaf: Deed): Events {
  if ("did" in leaf) return leaf.did;
  const { fn: _, property: __, ...events } = leaf.aggregate;
  return events;
}
export function withEvents(leaf: Deed, events: Events): Deed {
  if ("did" in leaf) return { did: events };
  const { fn, property } = leaf.aggregate;
  return { ...leaf, aggregate: put({ fn, ...events, property }, "property", property) };
}
export function deedType(words: Words, leaf: AggregateIs): Type {
  const { fn, event, property } = leaf.aggregate;
  return aggregateType(fn, property ? propertyType(words, event, property) : "any");
}

/// Counted otherwise: the events stay, the property where it still serves.
export function measured(words: Words, leaf: Deed, measure: Measure): { leaf: Deed; not: boolean } {
  const events = eventsOf(leaf);
  if (measure === "did" || measure === "never") return { leaf: { did: events }, not: measure === "never" };
  const had = "aggregate" in leaf ? leaf.aggregate.property : undefined;
  const property = wantsProperty(measure) === "no" ? undefined : (had ?? (wantsProperty(measure) === "yes" ? "amount" : undefined));
  const aggregate = put({ fn: measure, ...events, property }, "property", property);
  const type = aggregateType(measure, property ? propertyType(words, events.event, property) : "any");
  const ops = operatorsOf(words, type, "en");
  const op = "op" in leaf && ops.some((one) => one.op === leaf.op) ? leaf.op : (ops.find((one) => one.op === ">=")?.op ?? ops[0]?.op ?? "=");
  const values = carried("values" in leaf ? leaf.values : [], operandsOf(words, op), type);
  return { leaf: { aggregate, op, values: values.length ? values : type === "number" ? [1] : values }, not: false };
}
export const otherProperty = (words: Words, leaf: AggregateIs, property: string): AggregateIs => {
  const next = { ...leaf, aggregate: put(leaf.aggregate, "property", property) };
  return { ...next, values: carried(leaf.values, operandsOf(words, leaf.op), deedType(words, next)) };
};

// ---- whole or not ---------------------------------------------------------------------------------------------------

const wholeWhere = (words: Words, of: Clause[] | undefined): boolean => (of ?? []).every((one) => whole(words, one));
const wholeSelection = (words: Words, one: Selection): boolean => one.event !== "" && wholeWhere(words, one.where);
const wholeWindow = (words: Words, window: Window | undefined): boolean => !window || !("since" in window) || wholeSelection(words, window.since);
const wholeEvents = (words: Words, one: Events): boolean => wholeSelection(words, one) && wholeWindow(words, one.window);

/// Whether everything is filled in; the server says whether it is right.
export function whole(words: Words, clause: Clause): boolean {
  const kind = kindOf(clause);
  if (kind) return membersOf(clause, kind).every((one) => whole(words, one));
  const leaf = clause as Leaf;
  if ("field" in leaf) return leaf.field !== "" && filled(leaf.values, operandsOf(words, leaf.op));
  if ("aggregate" in leaf) {
    const { fn, property } = leaf.aggregate;
    return wholeEvents(words, leaf.aggregate) && (wantsProperty(fn) !== "yes" || !!property) && filled(leaf.values, operandsOf(words, leaf.op));
  }
  if ("without" in leaf) return wholeEvents(words, leaf.did) && wholeSelection(words, leaf.without);
  if ("did" in leaf) return wholeEvents(words, leaf.did);
  if ("seq" in leaf) return leaf.seq.every((step) => wholeSelection(words, step) && (step.unless ?? []).every((one) => wholeSelection(words, one))) && wholeWindow(words, leaf.window);
  if ("changed" in leaf) return leaf.changed !== "" && wholeWindow(words, leaf.window);
  if ("in_segment" in leaf) return leaf.in_segment !== "";
  if ("in_list" in leaf) return leaf.in_list !== "";
  if ("bucket" in leaf) return leaf.bucket.seed !== "" && leaf.bucket.from < leaf.bucket.to;
  return leaf.where.length > 0 && wholeWhere(words, leaf.where);
}
