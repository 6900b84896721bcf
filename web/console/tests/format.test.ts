import { describe, expect, it } from "vitest";
import { ago, bytes, change, clock, count, dateTime, day, daysBetween, dayWithWeekday, money, moneyShort, percent } from "@shared/format";

describe("count", () => {
  it.each([
    [0, "0", "0"],
    [9999, "9,999", "9,999"],
    [10_000, "1万", "10K"],
    [12_345, "1.2万", "12.3K"],
    [1_234_567, "123万", "1.2M"],
    [99_995_000, "1亿", "100M"],
    [-20_000, "-2万", "-20K"],
  ])("%d is %s or %s", (value, zh, en) => {
    expect(count(value, "zh-CN")).toBe(zh);
    expect(count(value, "en")).toBe(en);
  });
  it("says nothing about nothing", () => expect(count(null, "en")).toBe("–"));
});

describe("money", () => {
  it.each([
    [0, "¥0.00", "¥0"],
    [123_450, "¥1,234.50", "¥1,235"],
    [-5, "-¥0.05", "-¥0"],
    [12_345_678, "¥123,456.78", "¥12.3万"],
  ])("%d fen is %s", (fen, whole, short) => {
    expect(money(fen, "zh-CN")).toBe(whole);
    expect(moneyShort(fen, "zh-CN")).toBe(short);
  });
});

describe("percent and change", () => {
  it("reads basis points", () => {
    expect(percent(3250, "zh-CN")).toBe("32.5%");
    expect(percent(10_000, "en")).toBe("100%");
    expect(percent(7, "en")).toBe("0.1%");
  });
  it("needs a base", () => {
    expect(change(150, 100)).toBe(5000);
    expect(change(50, -100)).toBe(15_000);
    expect(change(1, 0)).toBeNull();
    expect(change(null, 5)).toBeNull();
  });
});

describe("time", () => {
  const at = "2026-11-21T18:31:05.000Z"; // already the 22nd, a Sunday, in Shanghai
  it("is told in the merchant's zone", () => {
    expect(day(at, "Asia/Shanghai")).toBe("2026-11-22");
    expect(day(at, "America/New_York")).toBe("2026-11-21");
    expect(dateTime(at, "Asia/Shanghai")).toBe("2026-11-22 02:31");
    expect(clock("2026-11-21T16:00:00Z", "Asia/Shanghai")).toBe("00:00");
    expect(dayWithWeekday(at, "Asia/Shanghai", "zh-CN")).toBe("2026-11-22 (周日)");
    expect(dayWithWeekday(at, "Asia/Shanghai", "en")).toBe("2026-11-22 (Sun)");
  });
  it("is told from now", () => {
    const now = Date.parse("2026-11-22T00:00:00Z");
    expect(ago("2026-11-19T00:00:00Z", "en", now)).toBe("3 days ago");
    expect(ago("2026-11-21T23:59:30Z", "en", now)).toBe("now");
    expect(ago("2026-11-22T02:00:00Z", "zh-CN", now)).toBe("2小时后");
  });
  it("counts whole days", () => {
    expect(daysBetween("2026-01-01T00:00:00Z", "2026-01-03T23:00:00Z")).toBe(2);
    expect(daysBetween("2026-01-03T00:00:00Z", "2026-01-01T00:00:00Z")).toBe(0);
  });
});

it("sizes files", () => {
  expect(bytes(512)).toBe("512 B");
  expect(bytes(1_400_000)).toBe("1.4 MB");
  expect(bytes(25_000)).toBe("25 kB");
});
