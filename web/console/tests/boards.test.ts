/// Tiles in their grid, saved charts as addresses, people as rules, tables as sheets.
import { describe, expect, it } from "vitest";
import { inOrder, moveTo, overlap, place, reorder, resizeTo, sameTiles, settle, step, without, COLUMNS, HEIGHT_MAX, HEIGHT_MIN, WIDTH_MIN, type Tile } from "@/pages/insight/boards/grid";
import { sheetName, sheetOf, xlsxOf } from "@/pages/insight/explore/export";
import { sayProblem } from "@/pages/insight/explore/refusals";
import { nextStart, ruleOfActivity, ruleOfFunnel } from "@/pages/insight/explore/rules";
import { CHART_KINDS, lookOf, paramsOf, sameThing, specOf, type ChartKind } from "@/pages/insight/explore/saved";
import { squareOf, squaresOf } from "@/pages/insight/explore/scores";

const clock = { zone: "Asia/Shanghai", now: Date.parse("2026-11-22T17:00:00Z") }; // the 23rd over there
const tile = (chart: string, x: number, y: number, w = 6, h = 4): Tile => ({ chart, x, y, w, h });
const at = (tiles: Tile[], chart: string) => tiles.find((one) => one.chart === chart)!;

/// A generator with a seed: the same walk every time.
function dice(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
function faults(tiles: Tile[]): string[] {
  const inside = (one: Tile) => one.x >= 0 && one.y >= 0 && one.x + one.w <= COLUMNS && one.w >= WIDTH_MIN && one.h >= HEIGHT_MIN && one.h <= HEIGHT_MAX;
  return tiles.flatMap((one, index) => [
    ...(inside(one) ? [] : [`${JSON.stringify(one)} is outside`]),
    ...tiles.slice(0, index).filter((other) => overlap(one, other)).map((other) => `${JSON.stringify(one)} lies on ${JSON.stringify(other)}`),
  ]);
}

describe("a dashboard's grid", () => {
  it("takes the first place that is free", () => {
    expect(place([], "a")).toEqual([tile("a", 0, 0, 6, 5)]);
    expect(at(place([tile("a", 0, 0, 6, 5)], "b"), "b")).toMatchObject({ x: 6, y: 0 });
    expect(at(place([tile("a", 0, 0, 12, 5)], "b"), "b")).toMatchObject({ x: 0, y: 5 });
  });
  it("lets nothing hang in the air", () => expect(at(settle([tile("a", 0, 3), tile("b", 0, 9)]), "b").y).toBe(4));
  it("makes room for a tile that is moved", () => {
    const moved = moveTo([tile("a", 0, 0), tile("b", 6, 0)], "b", 0, 0);
    expect(at(moved, "b")).toMatchObject({ x: 0, y: 0 });
    expect(at(moved, "a")).toMatchObject({ x: 0, y: 4 });
  });
  it("steps past the next one, and stays at its edges", () => {
    const tiles = [tile("a", 0, 0), tile("b", 0, 4)];
    expect(at(step(tiles, "a", "down"), "a").y).toBe(4);
    expect(at(step(tiles, "b", "up"), "b").y).toBe(0);
    expect(step(tiles, "a", "up")).toBe(tiles);
    expect(at(step(tiles, "a", "left"), "a").x).toBe(0);
    expect(at(step(tiles, "a", "right"), "a").x).toBe(1);
  });
  it("keeps sizes within their bounds", () => {
    const tiles = [tile("a", 6, 0)];
    expect(at(resizeTo(tiles, "a", 99, 99), "a")).toMatchObject({ w: 6, h: HEIGHT_MAX });
    expect(at(resizeTo(tiles, "a", 0, 0), "a")).toMatchObject({ w: WIDTH_MIN, h: HEIGHT_MIN });
  });
  it("closes up when one goes", () => expect(at(without([tile("a", 0, 0), tile("b", 0, 4)], "a"), "b").y).toBe(0));
  it("changes the order where tiles stand in one column", () => {
    const tiles = [tile("a", 0, 0), tile("b", 6, 0), tile("c", 0, 4, 12)];
    expect(inOrder(reorder(tiles, "b", -1)).map((one) => one.chart)).toEqual(["b", "a", "c"]);
    expect(inOrder(reorder(tiles, "b", 1)).map((one) => one.chart)).toEqual(["a", "c", "b"]);
    expect(reorder(tiles, "a", -1)).toBe(tiles);
    expect(reorder(tiles, "c", 1)).toBe(tiles);
  });
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("stays sound whatever is done to it (seed %i)", (seed) => {
    const roll = dice(seed);
    let tiles: Tile[] = [];
    for (let n = 0; n < 120; n++) {
      const chart = `c${roll(8)}`;
      const names = tiles.map((one) => one.chart).sort();
      if (!tiles.some((one) => one.chart === chart)) {
        tiles = place(tiles, chart, { w: WIDTH_MIN + roll(COLUMNS - WIDTH_MIN + 1), h: HEIGHT_MIN + roll(HEIGHT_MAX - HEIGHT_MIN + 1) });
      } else {
        const what = roll(6);
        if (what === 0) tiles = without(tiles, chart);
        else if (what === 1) tiles = moveTo(tiles, chart, roll(16) - 2, roll(40) - 2);
        else if (what === 2) tiles = resizeTo(tiles, chart, roll(16), roll(16));
        else if (what === 3) tiles = reorder(tiles, chart, roll(2) ? 1 : -1);
        else tiles = step(tiles, chart, (["left", "right", "up", "down"] as const)[roll(4)]!);
        if (what !== 0) expect(tiles.map((one) => one.chart).sort()).toEqual(names);
      }
      expect(faults(tiles)).toEqual([]);
    }
  });
  it("knows when nothing was moved", () => {
    expect(sameTiles([tile("a", 0, 0), tile("b", 6, 0)], [tile("b", 6, 0), tile("a", 0, 0)])).toBe(true);
    expect(sameTiles([tile("a", 0, 0)], [tile("a", 1, 0)])).toBe(false);
  });
});

describe("a saved chart", () => {
  const asked: [ChartKind, Record<string, string>][] = [
    ["funnel", {}],
    ["funnel", { step1: "a", step2: 'b where x = "1"', not1: "1:c", window: "7d", order: "any", count: "times", same: "sku", by: "person.stage", days: "all", segment: "seg_1" }],
    ["funnel", { from: "2026-11-01", to: "2026-11-07" }],
    ["retention", {}],
    ["retention", { first: "a", back: "b", unit: "day", periods: "30", first_is: "in_range", rolling: "1", by: "channel", days: "90", show: "people" }],
    ["paths", { anchor: "a", window: "2h", direction: "before", depth: "6", only1: "a", only2: "b", but1: "c", every: "1", repeats: "1", days: "7" }],
    ["activity", { event: 'order_paid where channel = "live"', unit: "month", by: "channel", property: "price_fen", compare: "1", spread: "1", days: "365", show: "sum", running: "1", among: 'stage = "active"' }],
    ["activity", { days: "all", unit: "month" }],
    ["attribution", {}],
    ["attribution", { touch: "a", conversion: "b", by: "person.store", lookback: "7d", credit: "first", from: "2026-11-01", show: "fen" }],
    ["rfm", { event: "a", tiles: "3", days: "30" }],
    ["rfm", { days: "all" }],
  ];
  it.each(asked)("opens in its explorer as it was asked: %s %o", (kind, params) => {
    const spec = specOf(kind, params, clock), look = lookOf(kind, params);
    const back = paramsOf(kind, spec as never, look, clock);
    expect(specOf(kind, back, clock)).toEqual(spec);
    expect(lookOf(kind, back)).toEqual(look);
  });
  it("keeps days as days, so that next month it shows next month", () => expect(specOf("activity", {}, clock)).toMatchObject({ days: 30 }));
  it("is the same whatever the order it was written in, and with or without what is not asked", () => {
    expect(sameThing({ a: 1, b: { d: [1, { y: 2, x: 1 }], c: null } }, { b: { d: [1, { x: 1, y: 2 }] }, a: 1, e: false })).toBe(true);
    expect(sameThing({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
  });
  it("of every kind has an explorer", () => expect(CHART_KINDS.map((kind) => Object.keys(specOf(kind, {}, clock)).length > 0)).not.toContain(false));
});

describe("people as a rule", () => {
  const funnel = { steps: ["a", "b"], window: "7d" };
  it("says who did the first step, on days of the merchant", () => {
    expect(ruleOfFunnel({ ...funnel, days: 30 }, { step: 1, dropped: false }, clock)).toBe("did(a between 2026-10-25 and 2026-11-24)");
    expect(ruleOfFunnel({ ...funnel, from: "2026-10-31T16:00:00.000Z", to: "2026-11-02T16:00:00.000Z", among: "orders >= 2" }, { step: 1, dropped: false }, clock)).toBe("did(a between 2026-11-01 and 2026-11-03) and (orders >= 2)");
    expect(ruleOfFunnel(funnel, { step: 1, dropped: false }, clock)).toBe("did(a)");
  });
  it("does not say what depends on order, time, groups or another segment", () => {
    for (const picked of [{ step: 2, dropped: false }, { step: 1, dropped: true }, { step: 1, dropped: false, value: "live" }]) expect(ruleOfFunnel(funnel, picked, clock)).toBeUndefined();
    expect(ruleOfFunnel({ ...funnel, segment: "seg_1" }, { step: 1, dropped: false }, clock)).toBeUndefined();
    expect(ruleOfFunnel({ ...funnel, order: "any" }, { step: 1, dropped: false }, clock)).toBeUndefined();
  });
  it("says who did it in one period", () => {
    expect(ruleOfActivity({ event: 'order_paid where channel = "live"', unit: "week" }, "2026-11-16", undefined)).toBe('did(order_paid where channel = "live" between 2026-11-16 and 2026-11-23)');
    expect(ruleOfActivity({ event: "a", unit: "week" }, "2026-11-16", "live")).toBeUndefined();
  });
  it.each([["2026-12-31", "day", "2027-01-01"], ["2026-12-28", "week", "2027-01-04"], ["2026-12-01", "month", "2027-01-01"], ["2026-02-01", "month", "2026-03-01"]])("%s and a %s later", (start, unit, next) => expect(nextStart(start, unit)).toBe(next));
});

describe("squares of scores", () => {
  const cells = [{ r: 5, f: 1, m: 1, people: 3, fen: 10 }, { r: 5, f: 1, m: 2, people: 2, fen: 5 }, { r: 1, f: 5, m: 5, people: 1, fen: 1 }];
  it("sum what people paid", () => {
    const rows = squaresOf(cells, 5);
    expect(rows[0]![0]).toEqual({ r: 5, f: 1, people: 5, fen: 15 });
    expect(rows[4]![4]).toEqual({ r: 1, f: 5, people: 1, fen: 1 });
  });
  it.each([["5-1", { r: 5, f: 1 }], ["6-1", undefined], ["x", undefined], [undefined, undefined]])("%s of the address", (text, square) => expect(squareOf(text, 5)).toEqual(square));
});

describe("a refusal", () => {
  const problem = { title: "规则中有不认识的名称" };
  const t = (key: string, holes: Record<string, string>) => `${key} ${Object.values(holes).join("|")}`;
  it("says what was meant", () => expect(sayProblem(problem, "order_payd, did you mean order_paid", "zh-CN", t)).toBe(`explore.refused.meant ${problem.title}|order_payd|order_paid`));
  it("leaves English sentences out of a Chinese page, names and values in", () => {
    expect(sayProblem(problem, "expected an operator here", "zh-CN", t)).toBe(problem.title);
    expect(sayProblem(problem, "expected an operator here", "en", t)).toBe(`explore.refused ${problem.title}|expected an operator here`);
    expect(sayProblem(problem, "ordered, strict, any", "zh-CN", t)).toBe(`explore.refused ${problem.title}|ordered, strict, any`);
    expect(sayProblem(problem, "", "zh-CN", t)).toBe(problem.title);
  });
});

describe("a sheet", () => {
  it("keeps numbers numbers and texts texts", () => {
    expect(sheetOf([["步骤", "人数"], ["=1+1", 3], [null, Number.NaN]])).toEqual([
      [{ value: "步骤", type: String, fontWeight: "bold" }, { value: "人数", type: String, fontWeight: "bold" }],
      [{ value: "=1+1", type: String }, { value: 3, type: Number }], [null, null]]);
  });
  it.each([["a/b:c", "a b c"], ["x".repeat(40), "x".repeat(31)], ["[]", "Koipond"]])("is called %s", (title, name) => expect(sheetName(title)).toBe(name));
  it("is a package that begins as one, large ones too", async () => {
    const blob = await xlsxOf("各步明细", [["步骤", "人数"], ...Array.from({ length: 5_000 }, (_, n) => [`第 ${n} 步 ${"x".repeat(40)}`, n])]);
    const bytes = await new Promise<Uint8Array>((done) => {
      const reader = new FileReader();
      reader.onload = () => done(new Uint8Array(reader.result as ArrayBuffer));
      reader.readAsArrayBuffer(blob);
    });
    expect([...bytes.subarray(0, 4)]).toEqual([0x50, 0x4b, 3, 4]);
    expect(bytes.length).toBeGreaterThan(20_000);
  });
});
