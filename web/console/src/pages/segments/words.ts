/// What the merchant's rules may name, and the types of it. The server's vocabulary in, questions about it answered.
import type { ReplyOf } from "@shared/client";
import type { Lang } from "@shared/format";
import type { Operands, Type } from "./values";

export type Words = ReplyOf<"/v1/segments/vocabulary", "get">;
export interface Operator { op: string; label: string; operands: Operands }

/// The server says types in words of its language; here they have one name each.
export function tidyWords(words: Words): Words {
  const typed = <T extends { type: string }>(one: T): T => (one.type === "true or false" ? { ...one, type: "boolean" } : one);
  return {
    ...words, facts: words.facts.map(typed), attributes: words.attributes.map(typed), operators: words.operators.map(typed),
    events: words.events.map((event) => ({ ...event, properties: event.properties.map(typed) })),
  };
}

interface Named { zh: string; en: string }
export const named = (word: Named, lang: Lang) => (lang === "en" ? word.en : word.zh);

/// "{0} is at least {1}" as a choice: what stands between the places.
export function choiceOf(pattern: string): string {
  return pattern.replaceAll(/\{0\}/g, "").replaceAll(/\{[12]\}/g, "…").replaceAll(/\s+/g, " ").replace(/^[\s…]+|[\s…]+$/g, "");
}

/// A fact with its arguments' places left out, as a label begins.
export function factLabel(word: Named, lang: Lang): string {
  const text = named(word, lang).replaceAll(/\s*[(\uff08]?\{\d\}[)\uff09]?\s*/g, " ").trim();
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

export const ATTRIBUTE = "attr.";
export function attributeOf(words: Words, field: string) {
  const key = field.startsWith(ATTRIBUTE) ? field.slice(ATTRIBUTE.length) : field;
  return words.attributes.find((one) => one.key === key);
}
export const factOf = (words: Words, field: string) => words.facts.find((one) => one.name === field);
/// How an attribute is named in a rule: by its key, unless a fact has that name.
export const fieldOfAttribute = (words: Words, key: string) => (factOf(words, key) ? `${ATTRIBUTE}${key}` : key);

export function fieldType(words: Words, field: string): Type {
  return (factOf(words, field)?.type ?? attributeOf(words, field)?.type ?? "any") as Type;
}
/// `tr` knows those whose names stand around their arguments.
export function fieldLabel(words: Words, field: string, { tr, lang }: { tr: (prefix: string, value: string) => string; lang: Lang }): string {
  const said = tr("seg.fact.", field);
  if (said !== field) return said;
  const fact = factOf(words, field);
  if (fact) return factLabel(fact, lang);
  const attribute = attributeOf(words, field);
  return attribute ? named(attribute, lang) || attribute.key : field;
}

// ---- events ---------------------------------------------------------------------------------------------------------

export const ANY_EVENT = "*";
export const eventOf = (words: Words, name: string) => words.events.find((one) => one.name === name);

/// What every event has of its own.
const OWN: Record<string, Type> = { amount: "money", source: "text", at: "time" };
/// Members of the lists that orders carry, as their events are written; other lists are asked by whatever name is typed.
const MEMBERS: Record<string, Record<string, Type>> = { lines: { sku_id: "text", qty: "number", paid_fen: "money", list_fen: "money" } };
export const IT = "it";

export interface Property { name: string; type: Type }
export function propertiesOf(words: Words, event: string): Property[] {
  const declared = (eventOf(words, event)?.properties ?? []).map((one) => ({ name: one.name, type: one.type as Type }));
  const own = Object.entries(OWN).map(([name, type]) => ({ name, type }));
  return [...own.filter((one) => !declared.some((other) => other.name === one.name)), ...declared];
}
export const membersOfList = (list: string): Property[] => Object.entries(MEMBERS[list] ?? {}).map(([name, type]) => ({ name, type }));

export function propertyType(words: Words, event: string, path: string): Type {
  return propertiesOf(words, event).find((one) => one.name === path)?.type ?? "any";
}
export const memberType = (list: string, path: string): Type => MEMBERS[list]?.[path] ?? "any";

// ---- operators and measures ------------------------------------------------------------------------------------------

/// What the server offers for a type; for what is not declared, everything once.
export function operatorsOf(words: Words, type: Type, lang: Lang): Operator[] {
  const exact = words.operators.filter((one) => one.type === type);
  const offered = exact.length ? exact : words.operators.filter((one, at) => words.operators.findIndex((other) => other.op === one.op) === at);
  // Whether a value is there at all is asked least often.
  const order = (one: { op: string }) => (/^is (set|missing)$/.test(one.op) ? 1 : 0);
  return [...offered].sort((a, b) => order(a) - order(b)).map((one) => ({ op: one.op, label: choiceOf(named(one, lang)), operands: one.operands as Operands }));
}
export function operandsOf(words: Words, op: string): Operands {
  return (words.operators.find((one) => one.op === op)?.operands ?? "one") as Operands;
}

export const LENSES: Record<string, { of: Type[]; to: Type }> = {
  length: { of: ["text"], to: "number" }, size: { of: ["set", "list"], to: "number" }, depth: { of: ["text"], to: "number" },
  folded: { of: ["text"], to: "text" }, pinyin: { of: ["text"], to: "text" }, weekday: { of: ["date", "time"], to: "number" },
  hour: { of: ["time"], to: "number" }, zscore: { of: ["number", "money"], to: "number" },
};
export const seenThrough = (lens: string | undefined, type: Type): Type => (lens ? (LENSES[lens]?.to ?? type) : type);

/// Aggregates made of a property, without one, or either.
const ALONE = ["count", "recency", "tenure", "streak", "interval"];
export const wantsProperty = (fn: string): "no" | "maybe" | "yes" => (ALONE.includes(fn) ? "no" : fn === "trend" ? "maybe" : "yes");
const MADE_OF: Record<string, Type[]> = {
  sum: ["number", "money"], avg: ["number", "money"], trend: ["number", "money"], min: ["number", "money", "time"], max: ["number", "money", "time"],
  count_distinct: ["text", "number", "money", "boolean", "time"], first: ["text", "number", "money", "boolean", "time"],
  last: ["text", "number", "money", "boolean", "time"], most_frequent: ["text", "number", "money", "boolean"],
};
export const madeOf = (words: Words, fn: string, event: string) => propertiesOf(words, event).filter((one) => MADE_OF[fn]?.includes(one.type) || one.type === "any");
export function aggregateType(fn: string, property: Type): Type {
  if (["count", "streak", "trend", "count_distinct"].includes(fn)) return "number";
  if (["recency", "tenure", "interval"].includes(fn)) return "duration";
  return property;
}
