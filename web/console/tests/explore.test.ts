/// The explorers' questions in the address, their files, and what is folded for charts.
import { describe, expect, it } from "vitest";
import { tidy } from "@/app/search";
import { against, isMoney, over, running, weighted } from "@/pages/insight/explore/averages";
import { csvCell, csvOf } from "@/pages/insight/explore/export";
import { flowOf } from "@/pages/insight/explore/flow";
import { inUnit, tidyBands } from "@/pages/insight/explore/lengths";
import { activityOf, attributionOf, funnelOf, pathsOf, retentionOf, USUAL } from "@/pages/insight/explore/specs";
import { joinStep, lengthOf, listOf, listParams, moved, neverOf, neverText, splitStep } from "@/pages/insight/explore/steps";
import { startOf, stretchOf } from "@/pages/insight/explore/stretch";

const clock = { zone: "Asia/Shanghai", now: Date.parse("2026-11-22T17:00:00Z") }; // the 23rd over there

describe("a step", () => {
  it.each(["order_paid", 'order_paid where channel = "live"', "cart_added where amount >= 50元 and sku is set", "`会员 等级` where at in last 7d", "*"])("goes round trip: %s", (text) => expect(joinStep(splitStep(text))).toBe(text));
  it("keeps a condition that says where", () => expect(splitStep('a where note = "so where is it"')).toEqual({ event: "a", where: 'note = "so where is it"' }));
  it("loses an empty condition", () => expect(joinStep({ event: "a", where: "  " })).toBe("a"));
});

describe("lists in the address", () => {
  const list = ["a", 'b where x = "1|2,3"', "c"];
  it("go round trip, and what stood behind the end leaves", () => {
    const params = { ...Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`step${at + 1}`, "old"])), ...listParams("step", list) };
    expect(listOf(tidy(params), "step")).toEqual(list);
  });
  it("carry more than the server takes, so that it can say so", () => expect(listOf(listParams("step", Array.from({ length: 11 }, () => "a")), "step")).toHaveLength(11));
  it("say after which step an event must not come", () => {
    const never = { event: 'refund_done where reason = "a:b"', after: 2 };
    expect(neverOf(neverText(never))).toEqual(never);
    expect(neverOf("refund_done")).toEqual({ event: "refund_done", after: 0 });
  });
  it("move by one place and stay at their ends", () => {
    expect(moved(list, 0, 1)[0]).toBe(list[1]);
    expect(moved(list, 0, -1)).toBe(list);
  });
});

describe("days of a question", () => {
  it("are the merchant's", () => expect(stretchOf({}, clock, "30")).toEqual({ days: 30 }));
  it("include the last one", () => expect(stretchOf({ from: "2026-11-01", to: "2026-11-02" }, clock, "30")).toEqual({ from: "2026-10-31T16:00:00.000Z", to: "2026-11-02T16:00:00.000Z" }));
  it("stand over presets", () => expect(stretchOf({ from: "2026-11-01", days: "7" }, clock, "30")).toEqual({ from: "2026-10-31T16:00:00.000Z" }));
  it.each(["all", "auto", "0", "-3", "1e9", "x"])("are left open by %s", (days) => expect(stretchOf({ days }, clock, "30")).toEqual({}));
  it("begin right where clocks change", () => {
    expect(startOf("2026-03-29", "Europe/Berlin")).toBe("2026-03-28T23:00:00.000Z");
    expect(startOf("2026-03-30", "Europe/Berlin")).toBe("2026-03-29T22:00:00.000Z");
  });
});

describe("questions", () => {
  it("are the usual ones without an address", () => {
    expect(funnelOf({}, clock)).toEqual({ steps: [...USUAL.steps], window: "1d", days: 30 });
    expect(retentionOf({}, clock)).toEqual({ first: USUAL.first, unit: "week" });
    expect(attributionOf({}, clock)).toMatchObject({ by: "touch.channel", credit: "last", lookback: "30d" });
  });
  it("take everything from it", () => {
    const params = { ...listParams("step", ["a", "b"]), ...listParams("not", ["1:c"]), window: "0d", order: "any", count: "times", same: "sku", by: "person.stage", days: "all" };
    expect(funnelOf(tidy(params), clock)).toEqual({ steps: ["a", "b"], never: [{ event: "c", after: 1 }], window: "0d", order: "any", count: "times", same: "sku", by: "person.stage" });
    expect(pathsOf({ ...listParams("only", ["a"]), depth: "99", every: "1", days: "all" }, clock)).toEqual({ anchor: USUAL.anchor, window: "1h", events: ["a"], depth: 99, every: true });
    expect(activityOf({ compare: "1", spread: "1", days: "all", property: "price_fen" }, clock)).toEqual({ event: USUAL.event, unit: "day", property: "price_fen", compare: true, spread: true, days: 3660 });
  });
  it("know lengths", () => {
    expect(lengthOf("12h")).toEqual({ n: 12, unit: "h" });
    expect(lengthOf("1mo")).toEqual({ n: 1, unit: "mo" });
    expect(lengthOf("soon")).toBeUndefined();
    expect([inUnit(45), inUnit(90), inUnit(7200), inUnit(0)]).toEqual([{ n: 45, unit: "s" }, { n: 1.5, unit: "m" }, { n: 2, unit: "h" }, { n: 0, unit: "s" }]);
  });
});

describe("a table as a file", () => {
  it.each([["=1+1", "'=1+1"], ["+86", "'+86"], ["-x", "'-x"], ["@me", "'@me"], ["\tx", "'\tx"], ["\rx", `"'\rx"`], ['=a,"b"', `"'=a,""b"""`]])("runs nothing: %j", (text, want) => expect(csvCell(text)).toBe(want));
  it("leaves numbers numbers", () => expect(csvOf([["渠道", "n"], ["a,b", -1.5], [null, NaN]])).toBe('渠道,n\r\n"a,b",-1.5\r\n,'));
});

describe("cohorts", () => {
  const rows = [{ start: "2026-11-02", people: 100, back: [100, 50, 10] }, { start: "2026-11-09", people: 10, back: [10, 10, null] }, { start: "2026-11-16", people: 0, back: [0, null, null] }];
  it("average by people, not by rows", () => expect(weighted(rows, 1, "week", "2026-11-23")).toBeCloseTo(60 / 110));
  it("leave out who cannot tell yet", () => {
    expect(weighted(rows, 1, "week", "2026-11-22")).toBeCloseTo(0.5);
    expect(weighted(rows, 2, "week", "2026-11-23")).toBeCloseTo(0.1);
  });
  it("say nothing of nobody", () => expect(weighted(rows, 3, "week", "2026-11-23")).toBeNull());
  it.each([["2026-11-22", "day", 0, "2026-11-22", false], ["2026-11-22", "day", 0, "2026-11-23", true], ["2026-10-01", "month", 1, "2026-11-30", false], ["2026-10-01", "month", 1, "2026-12-01", true]])("are over when their last day is: %s %s +%d on %s", (start, unit, k, today, want) =>
    expect(over(start as string, unit as string, k as number, today as string)).toBe(want));
});

it("a band of one second joins the one before", () => {
  expect(tidyBands([{ from_s: 0, to_s: 60, people: 1 }, { from_s: 60, to_s: 61, people: 2 }])).toEqual([{ from_s: 0, to_s: 60, people: 3 }]);
  expect(tidyBands([{ from_s: 0, to_s: 60, people: 1 }, { from_s: 60, to_s: 120, people: 2 }])).toHaveLength(2);
});

it("sums run, changes need a base, fen are money", () => {
  expect(running([1, 2, 3])).toEqual([1, 3, 6]);
  expect([against(12, 10), against(1, 0), against(1, undefined)]).toEqual([0.2, null, null]);
  expect(["amount", undefined, "price_fen", "touch.fen", "qty", "offence"].map(isMoney)).toEqual([true, true, true, true, false, false]);
});

describe("a flow", () => {
  const links = [{ level: 0, from: "open", to: "view", times: 8 }, { level: 0, from: "open", to: "", times: 2 }, { level: 1, from: "view", to: "view", times: 5 }];
  it("has a node an event and level, so that nothing goes in circles", () => {
    const { nodes, links: drawn } = flowOf(links, false);
    expect(nodes.map((node) => [node.name, node.depth, node.times])).toEqual([["0:open", 0, 10], ["1:view", 1, 8], ["1:", 1, 2], ["2:view", 2, 5]]);
    expect(drawn[2]).toEqual({ source: "1:view", target: "2:view", value: 5 });
  });
  it("looks back from right to left", () => {
    const { nodes, links: drawn } = flowOf(links, true);
    expect(nodes[0]).toMatchObject({ name: "0:open", depth: 2 });
    expect(drawn[0]).toEqual({ source: "1:view", target: "0:open", value: 8 });
  });
});
