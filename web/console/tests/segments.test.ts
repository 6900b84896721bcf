/// Rules as the builder edits them: the tree, its JSON, operands, windows, carets, differences.
import { describe, expect, it } from "vitest";
import { corrected, pointed, renamed, stretchOf } from "@/pages/segments/caret";
import { about, begun, CHOICES, eventsOf, measured, measureOf, otherProperty, shapeOf, whole, withEvents, withOp, type Deed } from "@/pages/segments/clauses";
import { diffOf, linesOf } from "@/pages/segments/diff";
import { pathsOf } from "@/pages/segments/door";
import * as history from "@/pages/segments/history";
import { fromDay } from "@/pages/segments/Overview";
import { reasonOf } from "@/pages/segments/reasons";
import { put, type Clause, type FieldIs, type Value } from "@/pages/segments/rule";
import { compared } from "@/pages/segments/shares";
import * as tree from "@/pages/segments/tree";
import { carried, filled, lengthOf, ofNumber, ofYuan, usualWindow, WINDOWS, windowKind, yuanOf, numberOf } from "@/pages/segments/values";
import { choiceOf, factLabel, fieldType, madeOf, operandsOf, operatorsOf, propertyType, tidyWords, type Words } from "@/pages/segments/words";

const op = (type: string, word: string, operands: string, en = `{0} ${word} {1}`) => ({ type, op: word, zh: en, en, operands });
const words: Words = tidyWords({
  facts: [
    { name: "stage", type: "text", zh: "阶段", en: "life stage", args_min: 0, args_max: 0 }, { name: "paid", type: "money", zh: "累计支付", en: "amount paid", args_min: 0, args_max: 0 },
    { name: "orders", type: "number", zh: "订单数", en: "orders", args_min: 0, args_max: 0 }, { name: "tags", type: "set", zh: "标签", en: "tags", args_min: 0, args_max: 0 },
    { name: "reachable", type: "true or false", zh: "{0}可触达({1})", en: "is reachable on {0} for {1}", args_min: 2, args_max: 2 },
    { name: "last_paid_at", type: "time", zh: "最近支付时间", en: "time of the last payment", args_min: 0, args_max: 0 }, { name: "channel", type: "text", zh: "渠道", en: "channel", args_min: 0, args_max: 0 },
  ],
  attributes: [{ key: "city", zh: "城市", en: "City", type: "text", options: [] }, { key: "channel", zh: "我的渠道", en: "Own channel", type: "text", options: [] }],
  events: [
    { name: "order_paid", zh: "支付订单", en: "Order paid", properties: [{ name: "lines", type: "list" }, { name: "pay_fen", type: "money" }, { name: "first_order", type: "true or false" }], per_person_year: 12 },
    { name: "code_scanned", zh: "扫码", en: "Code scanned", properties: [], per_person_year: null },
  ],
  tags: [], stages: [], channels: [], stores: [], staff: [], segments: [], lists: [],
  operators: [
    op("text", "is set", "none"), op("text", "=", "one"), op("text", "in", "some"), op("text", "contains", "text"), op("number", "=", "one"), op("number", ">=", "one"), op("number", "between", "two", "{0} is between {1} and {2}"),
    op("money", "=", "one"), op("money", ">=", "one"), op("true or false", "=", "one"), op("time", "in last", "duration"), op("time", "is", "calendar"), op("time", "before", "day"), op("set", "has any", "some"), op("duration", ">=", "one"), op("number", "in top", "percent"),
  ],
  functions: [],
});

/// One of every clause, nested as far as people do.
const everything: Clause = { all: [
  { field: "stage", op: "in", values: ["active", "new"] },
  { aggregate: { fn: "sum", event: "order_paid", where: [{ some: "lines", where: [{ field: "sku_id", op: "=", values: ["tea"] }] }], window: { last: "30d" }, property: "pay_fen" }, op: ">=", values: [{ money: "50.00元" }] },
  { none: [{ did: { event: "*", window: { last: "14d" } } }] },
  { any: [{ in_segment: "vip" }, { none: [{ in_list: "staff" }] }, { all: [{ bucket: { seed: "x", from: 0, to: 100 } }, { changed: "city", from: "a", window: { calendar: "this month" } }] }] },
  { none: [{ in_segment: "a" }, { in_segment: "b" }] },
  { did: { event: "cart_added" }, without: { event: "order_paid" }, after: "24h", same: ["sku_id"] },
  { seq: [{ event: "code_scanned", times: 2 }, { event: "friend_added", within: "1h", unless: [{ event: "refund_done" }] }], order: "strict", window: { since: { event: "friend_added" } } },
] };

describe("a rule as a tree", () => {
  const root = tree.rootOf(everything);
  it("goes there and back", () => expect(tree.ruleOf(root)).toEqual(everything));
  it.each([{ all: [] }, { any: [] }, { none: [] }, { in_segment: "x" }, { none: [{ in_list: "y" }] }, { none: [{ any: [{ in_list: "y" }] }] }] as Clause[])("goes there and back: %j", (rule) => expect(tree.ruleOf(tree.rootOf(rule))).toEqual(rule));
  it("needs no group around one clause", () => expect(tree.ruleOf(tree.rootOf({ all: [{ in_list: "y" }] }))).toEqual({ in_list: "y" }));

  const paths = [...tree.pointersOf(root)];
  it("knows where each node stands", () => {
    for (const [id, at] of paths) {
      const there = at.split("/").slice(1).reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], everything);
      const node = tree.find(root, id)!;
      expect(tree.isGroup(node) ? tree.ruleOf(node as tree.GroupNode) : node.leaf, at).toEqual(tree.isGroup(node) && node.kind === "all" && node.of.length === 1 ? (there as { all: Clause[] }).all[0] : there);
    }
    expect(paths).toHaveLength(new Set(paths.map(([, at]) => at)).size);
  });
  it("finds the innermost node of a pointer", () => {
    const at = (pointer: string) => tree.pointersOf(root).get(tree.nodeAt(root, pointer));
    expect(at("/all/1/aggregate/where/0/some")).toBe("/all/1");
    expect(at("/all/2/none/0/did/event")).toBe("/all/2/none/0");
    expect(at("/all/3/any/2/all/1/changed")).toBe("/all/3/any/2/all/1");
    expect(at("")).toBe("");
    expect(at("/all/10/x")).toBe("");
  });
  it("finds a lone clause by the pointers of that clause", () => {
    const lone = tree.rootOf({ field: "stage", op: "in", values: [] });
    expect(tree.isGroup(tree.find(lone, tree.nodeAt(lone, "/values"))!)).toBe(false);
  });
});

describe("edits of the tree", () => {
  const list = (name: string): Clause => ({ in_list: name });
  const of = (rule: Clause) => tree.rootOf(rule);
  const id = (root: tree.GroupNode, at: number) => root.of[at]!.id;
  const abc = of({ all: [list("a"), { any: [list("b"), list("c")] }, list("d")] });
  it("take away, copy, wrap, dissolve", () => {
    expect(tree.ruleOf(tree.remove(abc, id(abc, 0)))).toEqual({ all: [{ any: [list("b"), list("c")] }, list("d")] });
    expect(tree.ruleOf(tree.duplicate(abc, id(abc, 1)))).toEqual({ all: [list("a"), { any: [list("b"), list("c")] }, { any: [list("b"), list("c")] }, list("d")] });
    expect(tree.ruleOf(tree.wrap(abc, id(abc, 0), "any"))).toEqual({ all: [{ any: [list("a")] }, { any: [list("b"), list("c")] }, list("d")] });
    expect(tree.ruleOf(tree.dissolve(abc, id(abc, 1)))).toEqual({ all: [list("a"), list("b"), list("c"), list("d")] });
    expect(tree.ruleOf(tree.setKind(abc, abc.id, "none"))).toEqual({ none: [list("a"), { any: [list("b"), list("c")] }, list("d")] });
  });
  it("copies have names of their own", () => {
    const ids = (node: tree.Node): number[] => [node.id, ...(tree.isGroup(node) ? node.of.flatMap(ids) : [])];
    const all = ids(tree.duplicate(abc, id(abc, 1)));
    expect(new Set(all).size).toBe(all.length);
  });
  it("move by a line: into a group, through it, out of it, and all the way back", () => {
    const seen: unknown[] = [];
    let root = abc;
    const what = id(abc, 0);
    for (let step = 0; step < 5; step++) {
      root = tree.move(root, what, 1);
      seen.push(tree.ruleOf(root));
    }
    expect(seen).toEqual([
      { all: [{ any: [list("a"), list("b"), list("c")] }, list("d")] }, { all: [{ any: [list("b"), list("a"), list("c")] }, list("d")] }, { all: [{ any: [list("b"), list("c"), list("a")] }, list("d")] },
      { all: [{ any: [list("b"), list("c")] }, list("a"), list("d")] }, { all: [{ any: [list("b"), list("c")] }, list("d"), list("a")] },
    ]);
    expect(tree.move(root, what, 1)).toBe(root);
    for (let step = 0; step < 5; step++) root = tree.move(root, what, -1);
    expect(tree.ruleOf(root)).toEqual(tree.ruleOf(abc));
    expect(tree.move(root, what, -1)).toBe(root);
  });
  it("leave alone what they do not concern", () => {
    const next = tree.remove(abc, id(abc, 0));
    expect(next.of[0]).toBe(abc.of[1]);
    expect(tree.remove(abc, -1)).toBe(abc);
  });
  it("come back one by one; typing in one place is one step", () => {
    let past = history.begin("a");
    past = history.edit(past, "b", "leaf 1", 0);
    past = history.edit(past, "c", "leaf 1", 500);
    past = history.edit(past, "d", "leaf 2", 600);
    expect(history.undo(past).now).toBe("c");
    expect(history.undo(history.undo(past)).now).toBe("a");
    expect(history.redo(history.undo(past)).now).toBe("d");
    expect(history.edit(past, "d", "x", 9)).toBe(past);
    expect(history.edit(history.undo(past), "e", "", 9).next).toEqual([]);
  });
});

describe("operands", () => {
  it.each([[12, 12], [-0.5, { number: "-0.5" }], [1.25, { number: "1.25" }], [0.0000014, { number: "0.000001" }]])("numbers: %d", (n, want) => {
    expect(ofNumber(n)).toEqual(want);
    expect(numberOf(want as Value)).toBeCloseTo(n, 6);
  });
  it("money is yuan in the form and says so in the rule", () => {
    expect(ofYuan(50)).toEqual({ money: "50.00元" });
    expect(yuanOf({ money: "5000分" })).toBe(50);
    expect(yuanOf({ money: "-1.50元" })).toBe(-1.5);
    expect(yuanOf(50)).toBeUndefined();
  });
  it("lengths", () => {
    expect(lengthOf("1mo")).toEqual({ n: 1, unit: "mo" });
    expect(lengthOf("x")).toBeUndefined();
  });
  it("stay where they fit another operator, and are usual where not", () => {
    expect(carried(["a", "b"], "one", "text")).toEqual(["a"]);
    expect(carried(["a"], "some", "text")).toEqual(["a"]);
    expect(carried([5], "two", "number")).toEqual([5]);
    expect(carried([5], "one", "money")).toEqual([]);
    expect(carried(["x"], "duration", "time")).toEqual([{ duration: "30d" }]);
    expect(carried(["x"], "none", "text")).toEqual([]);
    expect(carried([], "one", "boolean")).toEqual([true]);
    expect(carried([{ day: "2026-01-01" }], "day", "time")).toEqual([{ day: "2026-01-01" }]);
  });
  it("are all there, or not", () => {
    expect(filled([], "none")).toBe(true);
    expect(filled([], "some")).toBe(false);
    expect(filled([1], "two")).toBe(false);
    expect(filled([""], "text")).toBe(false);
    expect(filled([{ duration: "0d" }], "duration")).toBe(false);
    expect(filled([0], "one")).toBe(true);
    expect(filled([false], "one")).toBe(true);
  });
  it("windows have a usual one of each kind", () => expect(WINDOWS.map((kind) => windowKind(usualWindow(kind, "2026-11-22")))).toEqual(WINDOWS));
});

describe("words", () => {
  it("types have one name each", () => expect([fieldType(words, "reachable"), fieldType(words, "city"), fieldType(words, "attr.channel"), fieldType(words, "nobody")]).toEqual(["boolean", "text", "text", "any"]));
  it("patterns become choices", () => {
    expect(choiceOf("{0} is between {1} and {2}")).toBe("is between … and");
    expect(choiceOf("{0}在近{1}内")).toBe("在近…内");
    expect(factLabel({ zh: "{0}可触达({1})", en: "is reachable on {0} for {1}" }, "zh-CN")).toBe("可触达");
  });
  it("what is declared nowhere takes every operator once", () => expect(operatorsOf(words, "any", "en").filter((one) => one.op === "=")).toHaveLength(1));
  it("whether something is there stands last", () => expect(operatorsOf(words, "text", "en").at(-1)?.op).toBe("is set"));
  it("properties are the event's own and the declared ones", () => {
    expect([propertyType(words, "order_paid", "amount"), propertyType(words, "order_paid", "lines"), propertyType(words, "order_paid", "touch.x"), propertyType(words, "x", "at")]).toEqual(["money", "list", "any", "time"]);
    expect(madeOf(words, "sum", "order_paid").map((one) => one.name)).toEqual(["amount", "pay_fen"]);
  });
});

describe("clauses", () => {
  it("begin in a shape that has an editor", () => expect(CHOICES.map((choice) => shapeOf(begun(choice, words).leaf))).toEqual(["field", "field", "deed", "deed", "without", "sequence", "field", "field", "segment", "list", "changed", "share"]));
  it("are whole when nothing is left to fill in", () => {
    expect(CHOICES.filter((choice) => whole(words, begun(choice, words).leaf))).toEqual(["deed", "silence", "without", "sequence", "reach", "changed"]);
    expect(whole(words, everything)).toBe(true);
    expect(whole(words, { all: [{ any: [{ field: "stage", op: "in", values: [] }] }] })).toBe(false);
    expect(whole(words, { did: { event: "order_paid", where: [{ field: "source", op: "=", values: [""] }] } })).toBe(false);
  });
  it("about something else keep what fits", () => {
    const tagged: FieldIs = { field: "stage", op: "in", values: ["a"] };
    expect(about(words, tagged, "city", "text")).toEqual({ field: "city", op: "in", values: ["a"] });
    expect(about(words, tagged, "paid", "money")).toEqual({ field: "paid", op: ">=", values: [] });
    expect(about(words, tagged, "reachable", "boolean")).toEqual({ field: "reachable", args: ["wecom", "marketing"], op: "=", values: [true] });
    expect(about(words, { field: "reachable", args: ["sms", "service"], op: "=", values: [true] }, "last_paid_at", "time")).toEqual({ field: "last_paid_at", op: "in last", values: [{ duration: "30d" }] });
    expect(withOp(words, tagged, "contains", "text").values).toEqual(["a"]);
  });
  it("count otherwise without losing the events", () => {
    const start = begun("deed", words).leaf as Deed;
    const events = eventsOf(withEvents(start, { event: "order_paid", where: [{ field: "amount", op: ">=", values: [ofYuan(1)] }], window: { last: "7d" } }));
    let now: { leaf: Deed; not: boolean } = { leaf: withEvents(start, events), not: false };
    for (const measure of ["did", "never", "sum", "recency", "count_distinct", "count"]) {
      now = measured(words, now.leaf, measure);
      expect(measureOf(now.leaf, now.not)).toBe(measure);
      expect(eventsOf(now.leaf)).toEqual(events);
    }
    expect(measured(words, start, "sum").leaf).toEqual({ aggregate: { fn: "sum", event: "order_paid", window: { last: "30d" }, property: "amount" }, op: ">=", values: [] });
    expect(measured(words, start, "recency").leaf).toMatchObject({ values: [{ duration: "30d" }] });
    expect(measured(words, { did: { event: "order_paid" } }, "count").leaf).toMatchObject({ op: ">=", values: [1] });
  });
  it("of another property compare what that is", () => {
    const sum = { aggregate: { fn: "max", event: "order_paid", property: "amount" }, op: ">=", values: [ofYuan(5)] };
    expect(otherProperty(words, sum, "pay_fen").values).toEqual([ofYuan(5)]);
    expect(otherProperty(words, sum, "at").values).toEqual([]);
    expect(operandsOf(words, "in top")).toBe("percent");
  });
  it("members that say nothing leave", () => expect(put({ a: 1, b: ["x"] } as { a?: number; b?: string[] }, "b", [])).toEqual({ a: 1 }));
});

describe("a place in the text", () => {
  const text = 'stage = "沉睡" and\n  count(order_payd within last 30d) >= 2';
  it("is counted in characters, from one", () => {
    expect(text.slice(...stretchOf(text, { line: 1, column: 9, end_column: 13 }))).toBe('"沉睡"');
    expect(text.slice(...stretchOf(text, { line: 2, column: 9 }))).toBe("order_payd");
    expect("𠮷野 = 1".slice(...stretchOf("𠮷野 = 1", { line: 1, column: 4, end_column: 5 }))).toBe("=");
  });
  it("stays inside, whatever is said", () => {
    expect(stretchOf("ab", { line: 9, column: 9 })).toEqual([2, 2]);
    expect(stretchOf("", { line: 1, column: 1 })).toEqual([0, 0]);
  });
  it("has its carets below, two for a wide character", () => {
    expect(pointed(text, { line: 1, column: 9, end_column: 13 })).toEqual({ line: 'stage = "沉睡" and', before: "        ", marks: "^^^^^^" });
    expect(pointed('城市 ~ 1', { line: 1, column: 4, end_column: 5 })).toEqual({ line: "城市 ~ 1", before: "     ", marks: "^" });
  });
});

describe("a suggestion", () => {
  const clause = "count(order_payd within last 30d) >= 2";
  const whole = { line: 1, column: 1, end_column: clause.length + 1 };
  it("takes the place of the name it is nearest to", () => expect(corrected(clause, whole, "order_paid", "segments.unknown_name")?.text).toBe("count(order_paid within last 30d) >= 2"));
  it("keeps the quotes of a text", () => expect(corrected('tags has any ("门店/旧刻")', { line: 1, column: 1, end_column: 23 }, "门店/旧客", "segments.unknown_name")?.text).toBe('tags has any ("门店/旧客")'));
  it("takes exactly the place where the text cannot be read", () => expect(corrected("stage = 1 adn orders > 2", { line: 1, column: 11, end_column: 14 }, "and", "segments.syntax")).toEqual({ text: "stage = 1 and orders > 2", caret: 13 }));
  it("changes the window, or says the unit", () => {
    expect(corrected(clause.replace("30d", "9999d"), { line: 1, column: 1, end_column: 41 }, "within last 365d", "segments.budget")?.text).toContain("order_payd within last 365d)");
    expect(corrected("paid >= 50", { line: 1, column: 1, end_column: 11 }, "50元", "segments.money_unit")?.text).toBe("paid >= 50元");
  });
  it("is only shown where it is not plain what it stands for", () => expect(corrected(clause, whole, "Asia/Shanghai", "segments.bad_value")).toBeUndefined());
  it("renames in JSON by its pointer", () => {
    const rule = { all: [{ aggregate: { fn: "count", event: "order_payd" }, op: ">=", values: [2] }, { in_segment: "vip" }] };
    expect(renamed(rule, "/all/0/aggregate/event", "order_paid")?.all[0]).toMatchObject({ aggregate: { event: "order_paid" } });
    expect(renamed(rule, "/all/0/aggregate", "order_paid")?.all[0]).toMatchObject({ aggregate: { event: "order_paid" } });
    expect(renamed(rule, "/all/1", "VIP")?.all[1]).toEqual({ in_segment: "VIP" });
    expect(renamed(rule, "/all/7", "x")).toBeUndefined();
    expect(renamed({ "a/b": "x" }, "/a~1b", "y")).toEqual({ "a/b": "y" });
  });
});

describe("versions", () => {
  it("differ by lines", () => {
    expect(diffOf("a\nb\nc", "a\nc\nd").map((line) => line.kind[0] + line.text)).toEqual(["sa", "ob", "sc", "nd"]);
    expect(diffOf("x", "x")).toEqual([{ kind: "same", text: "x" }]);
  });
  it("break at and, or outside brackets and texts", () => expect(linesOf('a = "x and y" and (b or c) or `d and e` = 1')).toBe('a = "x and y"\nand (b or c)\nor `d and e` = 1'));
});

describe("a segment against everybody", () => {
  it("has shares and an index", () => expect(compared({ value: "x", inside: 30, everybody: 200 }, 100, 1000)).toMatchObject({ share: 0.3, base: 0.2, index: 150 }));
  it("says nothing where there is nobody", () => expect([compared({ value: "x", inside: 0, everybody: 0 }, 10, 10).index, compared({ value: "x", inside: 0, everybody: 5 }, 0, 10).index]).toEqual([null, null]));
  it("counts days on the merchant's calendar", () => expect(fromDay(7, Date.parse("2026-11-22T17:00:00Z"), "Asia/Shanghai")).toBe("2026-11-17"));
  it("names reasons and what they were about", () => expect([reasonOf("event:order_paid"), reasonOf("time"), reasonOf(null)]).toEqual([{ key: "event", detail: "order_paid" }, { key: "time" }, { key: "" }]));
});

it("places are paths of names", () => expect(pathsOf([{ id: "1", name: "华东" }, { id: "2", parent_id: "1", name: "上海" }, { id: "3", parent_id: "2", name: "静安店" }, { id: "4", parent_id: "gone", name: "孤店" }])).toEqual(expect.arrayContaining(["华东", "华东/上海", "华东/上海/静安店", "孤店"])));
