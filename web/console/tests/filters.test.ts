import { describe, expect, it } from "vitest";
import { flatten, nextCursor } from "@/app/lists";
import { tidy } from "@/app/search";
import { COLUMNS, columnsParam, countSet, fenOf, toColumns, toFilter, toggle, toParams, USUAL } from "@/pages/people/filters";

describe("filters and the address", () => {
  it("go round trip", () => {
    const params = {
      q: "王小",
      stage: "new,active",
      tag_all: "tag_1,tag_2",
      paid_fen_min: "10000",
      last_paid_from: "2026-11-01T00:00:00.000Z",
      attribute: "city",
      value: "杭州",
      segment: "seg_1",
    };
    expect(tidy(toParams(toFilter(params)))).toEqual(params);
  });
  it("say lists as lists and numbers as numbers", () => {
    expect(toFilter({ stage: "new,,active", orders_min: "3" })).toEqual({ stage: ["new", "active"], orders_min: 3 });
  });
  it.each([
    [{ orders_min: "three" }],
    [{ orders_min: "1e99" }],
    [{ created_from: "yesterday" }],
    [{ attribute: "city" }],
    [{ value: "x" }],
    [{ stage: "" }],
    [{ nothing: "of ours" }],
  ])("drop what is no filter: %j", (params) => expect(toFilter(params)).toEqual({}));
  it("clear what a saved view does not set", () => {
    expect(toParams({ q: "a" })).toMatchObject({ q: "a", stage: undefined, value: undefined });
  });
  it("are counted without the search text", () => {
    expect(countSet({ q: "x", stage: "new", attribute: "city", value: "y", sort: "paid" })).toBe(2);
  });
});

it("toggles one value of a list", () => {
  expect(toggle(undefined, "new")).toBe("new");
  expect(toggle("new,active", "new")).toBe("active");
  expect(toggle("new", "new")).toBeUndefined();
});

it("reads yuan as fen", () => {
  expect(fenOf("12.34")).toBe(1234);
  expect(fenOf(0.1 + 0.2)).toBe(30);
  expect(fenOf("")).toBeUndefined();
  expect(fenOf("abc")).toBeUndefined();
});

describe("columns", () => {
  it("keep the table's order and know only their own", () => expect(toColumns("paid,phone,salary")).toEqual(["phone", "paid"]));
  it("fall back to the usual ones", () => expect(toColumns("salary")).toEqual(USUAL));
  it("leave the address when they are the usual ones", () => {
    expect(columnsParam([...USUAL].reverse())).toBeUndefined();
    expect(columnsParam([...COLUMNS])).toBe(COLUMNS.join(","));
  });
});

describe("cursor pages", () => {
  it("end without a next", () => {
    expect(nextCursor({ next: null })).toBeUndefined();
    expect(nextCursor({ next: "" })).toBeUndefined();
    expect(nextCursor({ next: "abc" })).toBe("abc");
  });
  it("show a row that moved between pages once", () => {
    expect(flatten([{ data: [{ id: 1 }, { id: 2 }] }, { data: [{ id: 2 }, { id: 3 }] }], (row) => row.id)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  });
});
