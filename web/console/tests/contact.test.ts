import { describe, expect, it } from "vitest";
import { errcodeOf, lastDays, range, reasonOf } from "../src/pages/contact/figures";

/// 2026-11-24 00:30 in Shanghai, still the 23rd in Greenwich.
const NOW = Date.parse("2026-11-23T16:30:00Z");

describe("days of figures", () => {
  it("end with yesterday of the platform", () => expect(lastDays(7, NOW)).toEqual({ from: "2026-11-17", until: "2026-11-23" }));
  it("are the address's when it makes sense", () => {
    expect(range("2026-11-01", "2026-11-05", NOW)).toEqual({ from: "2026-11-01", until: "2026-11-05" });
    for (const [from, until] of [["2026-11-05", "2026-11-01"], ["yesterday", "2026-11-01"], [undefined, "2026-11-01"]]) expect(range(from, until, NOW)).toEqual(lastDays(7, NOW));
  });
});

describe("a refusal", () => {
  const t = (key: string, vars?: object) => `${key} ${JSON.stringify(vars)}`;
  it("begins with its errcode", () => {
    expect(errcodeOf("48002 api forbidden")).toBe("48002");
    expect(errcodeOf("no such thing")).toBe("");
  });
  it("is said in our words when we have some", () => {
    expect(reasonOf(t, "no right", "48002 api forbidden")).toBe(`contact.reason {"why":"no right","code":"48002"}`);
    expect(reasonOf(t, "99999", "99999 odd")).toBe(`contact.reason.other {"detail":"99999 odd"}`);
    expect(reasonOf(t, "–", "")).toBe(`contact.reason.other {"detail":"?"}`);
  });
});
