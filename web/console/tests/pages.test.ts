/// Small decisions of pages: pure, so that a browser need not be asked.
import { describe, expect, it } from "vitest";
import { pagesOf } from "@/app/people";
import { moved } from "@/pages/home/Change";
import { rising, suggest, toBody, toForm } from "@/pages/insight/cuts";
import { amountText, familyOf } from "@/pages/ledger/amounts";
import { eraseWord } from "@/pages/people/Erase";
import { attributeKeys, columnsParam, toColumns } from "@/pages/people/filters";
import { saidOf } from "@/pages/people/Timeline";
import { hookSample } from "@/pages/settings/Hooks";
import { namespaceOf } from "@/pages/settings/Identifiers";
import { staffBelow, withBelow } from "@/pages/settings/Org";

describe("cuts of RFM scores", () => {
  const form = { method: "cuts", r: [30, 60, 90, 180], f: [1, 2, 4, 8], m: [100, 300.5, 800, 2000], high: 4 } as const;
  it("go to the server as text in fen", () => {
    expect(toBody({ ...form, note: " monthly " } as never)).toEqual({ method: "cuts", r_days: "30,60,90,180", f_orders: "1,2,4,8", m_fen: "10000,30050,80000,200000", high: 4, note: "monthly" });
  });
  it("come back as they went", () => {
    expect(toForm({ version: 3, method: "cuts", r_days: "30,60,90,180", f_orders: "1,2,4,8", m_fen: "10000,30050,80000,200000", high: 4, note: "", at: null } as never)).toEqual(form);
  });
  it.each([[[1, 2, 2, 3]], [[4, 3, 2, 1]], [[1, 2, 3]], [[1, 2, 3, null]], [[-1, 2, 3, 4]], [undefined]])("refuse what does not rise: %j", (list) => expect(rising(list as never)).toBeUndefined());
  it("ask nothing of lists when quintiles are wanted", () => {
    expect(toBody({ ...form, r: [], method: "quintile" } as never)).toEqual({ method: "quintile", high: 4, note: null });
  });
  it("begin near the quintiles, and always rise", () => {
    expect(suggest({ r_days: [273, 141, 66, 22], f_orders: [2, 3, 3], m_fen: [2400, 5100, 5200, 9900] })).toEqual({ r: [20, 70, 140, 270], f: [2, 3, 4, 5], m: [20, 50, 100, 150] });
  });
});

describe("a figure beside what it was", () => {
  const share = (metric: string, value: number | null) => ({ metric, value, unit: "share" });
  it.each([
    [share("value.repurchase_90d", 0.5), 0.4, { way: "up", good: true, by: 0.1, points: true }],
    [share("ownership.weekly_loss_rate", 0.02), 0.01, { way: "up", good: false, by: 0.01, points: true }],
    [{ metric: "ownership.connected", value: 90, unit: "people" }, 100, { way: "down", good: false, by: 0.1, points: false }],
    [share("value.repurchase_90d", 0.4), 0.4, { way: "same", good: false, by: 0, points: true }],
  ])("%j was %d", (figure, before, want) => {
    const got = moved(figure, before)!;
    expect({ ...got, by: Number(got.by.toFixed(4)) }).toEqual(want);
  });
  it("says nothing without a base", () => {
    expect(moved(share("x", null), 1)).toBeUndefined();
    expect(moved(share("x", 1), undefined)).toBeUndefined();
    expect(moved({ metric: "x", value: 5, unit: "people" }, 0)).toBeUndefined();
  });
});

describe("columns of the merchant's own attributes", () => {
  it("stand after the fixed ones, in the order chosen", () => expect(toColumns("a.skin,paid,a.city,phone,a.skin,a.Bad!")).toEqual(["phone", "paid", "a.skin", "a.city"]));
  it("are asked for by key", () => expect(attributeKeys(toColumns("phone,a.skin,a.city"))).toEqual(["skin", "city"]));
  it("go round trip", () => expect(toColumns(columnsParam(["phone", "a.city"]))).toEqual(["phone", "a.city"]));
});

it("pages of ids stay what they were while a list grows", () => {
  const ids = Array.from({ length: 60 }, (_, at) => `p${at}`);
  expect(pagesOf(ids, 25).map((page) => page.length)).toEqual([25, 25, 10]);
  expect(pagesOf(ids.slice(0, 50), 25)[1]).toEqual(pagesOf(ids, 25)[1]);
  expect(pagesOf([])).toEqual([]);
});

it("amounts of the ledger follow their unit", () => {
  const say = { money: (fen: number) => `¥${(fen / 100).toFixed(2)}`, exact: String };
  expect(amountText("CNY", 1250, say, true)).toBe("+¥12.50");
  expect(amountText("gift:tea-tin", -3, say, true)).toBe("-3");
  expect(familyOf("gift:S001")).toBe("gift");
});

it("erasing asks for the name as it is shown, or the id", () => {
  expect(eraseWord({ name: "王**", id: "cus_1" })).toBe("王**");
  expect(eraseWord({ name: "", id: "cus_1" })).toBe("cus_1");
});

it("a line of the timeline says words, not internal numbers", () => {
  expect(saidOf([["order_id", "ord_0pwyky5d2880c"], ["shop", "715871475699294219"], ["scene", "store"], ["first", "true"], ["lines", "[]"], ["points", "0"], ["add_way", "scan"], ["more", "x"]])).toBe("store · scan");
});

it("identifiers of a system carry its name", () => {
  expect(namespaceOf("device", " pos ")).toBe("device:pos");
  expect(namespaceOf("phone_e164", "pos")).toBe("phone_e164");
});

it("a region counts the staff of everything below it", () => {
  const tree = [["r", 0, 0], ["c", 1, 1], ["s", 3, 2], ["d", 2, 1], ["x", 5, 0]].map(([id, staff, depth]) => ({ unit: { id: id as string, staff: staff as number }, depth: depth as number }));
  expect([...staffBelow(tree)]).toEqual([["r", 6], ["c", 4], ["s", 3], ["d", 2], ["x", 5]]);
  expect([...withBelow(tree, "c")]).toEqual(["c", "s"]);
});

it("the sample of a shop push signs time, dot and body", () => {
  const text = hookSample("https://pond.example", "shop-1");
  expect(text).toContain("https://pond.example/hooks/orders/shop-1");
  expect(text).toContain(`printf '%s.%s' "$T" "$BODY"`);
  expect(JSON.parse(/BODY='(.*)'/.exec(text)![1]!).order.lines[0].amount_fen).toBe(5600);
});
