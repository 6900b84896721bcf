/// The designer's pure parts: hours of a week, members that keep their caps, welcomes that name nobody unknown.
import { describe, expect, it } from "vitest";
import { bytesOf, emptySchedule, emptySpec, filled, firstHole, isSlot, memberOf, openOf, pieces, strangers, weekHours, WELCOME_WORDS, withChosen, type Hours } from "@/pages/codes/spec";

const on = (week: Hours[]) => ({ schedule: { ...emptySchedule(), week } });

describe("hours of a week", () => {
  it.each([
    ["nothing said is always", [], 168],
    ["office days", [{ days: [1, 2, 3, 4, 5], slots: ["09:00-18:00"] }], 45],
    ["two slots a day", [{ days: [1], slots: ["09:00-12:00", "13:00-18:30"] }], 8.5],
    ["overlapping lines count once", [{ days: [1], slots: ["09:00-12:00"] }, { days: [1], slots: ["11:00-13:00"] }], 4],
    ["a night runs into the next day", [{ days: [5], slots: ["22:00-02:00"] }], 4],
    ["Sunday's night runs into Monday", [{ days: [7], slots: ["22:00-02:00"] }, { days: [1], slots: ["00:00-02:00"] }], 4],
    ["no day is every day", [{ days: [], slots: ["00:00-24:00"] }], 168],
    ["what is no slot counts nothing", [{ days: [1], slots: ["9-18"] }], 0],
  ])("%s", (_, week, hours) => expect(weekHours(week as Hours[])).toBe(hours));

  it("never overlaps and stays within the week", () => {
    const found = pieces([{ days: [], slots: ["20:00-03:00"] }, { days: [6, 7], slots: [] }]);
    found.forEach(([from, to], at) => {
      expect(from).toBeLessThan(to);
      expect(from).toBeGreaterThanOrEqual(at ? found[at - 1]![1] : 0);
      expect(to).toBeLessThanOrEqual(10080);
    });
  });

  it.each([["09:00-18:00", true], ["22:00-02:00", true], ["00:00-24:00", true], ["24:00-02:00", false], ["09:00-09:00", false], ["9:00-18:00", false], ["09:60-10:00", false]])("%s", (text, good) => expect(isSlot(text)).toBe(good));
});

describe("holes in the schedule", () => {
  it("is none when somebody is always there", () => expect(firstHole([on([]), on([{ days: [1], slots: ["09:00-10:00"] }])])).toBeUndefined());
  it("is none when two relieve one another", () => expect(firstHole([on([{ days: [], slots: ["08:00-20:00"] }]), on([{ days: [], slots: ["20:00-08:00"] }])])).toBeUndefined());
  it("names the first one", () => {
    expect(firstHole([on([{ days: [1, 2, 3, 4, 5, 6, 7], slots: ["00:00-18:00"] }])])).toEqual([1, 1080]);
    expect(firstHole([on([{ days: [2], slots: [] }])])).toEqual([1, 0]);
  });
});

describe("members", () => {
  it("keep what was set when the choice changes", () => {
    const before = [{ ...memberOf({ staff: "stf_1" }), daily_cap: 20 }, memberOf({ unit: "unt_9" })];
    const after = withChosen(before, [{ unit: "unt_9" }, { staff: "stf_2" }, { staff: "stf_1" }]);
    expect(after.map((member) => member.staff ?? member.unit)).toEqual(["unt_9", "stf_2", "stf_1"]);
    expect(after[2]!.daily_cap).toBe(20);
  });
});

describe("welcomes", () => {
  it("fill in what they know and show what they do not", () => expect(filled("{nick}, {guide} {shop}", { nick: "Lin", guide: "Chen" })).toBe("Lin, Chen {shop}"));
  it("name strangers", () => expect(strangers("{nick} {shop} {}", WELCOME_WORDS)).toEqual(["shop", ""]));
  it("count bytes, not letters", () => expect(bytesOf("\u4f60\u597d!")).toBe(7));
});

describe("what is left to do", () => {
  it("asks for a name and somebody to serve", () => expect(openOf(emptySpec()).wrong.map((one) => one.text)).toEqual(["name", "members"]));
  it("lets a whole code go out", () => {
    const spec = { ...emptySpec(), name: "x", members: [memberOf({ staff: "stf_1" })], fallback: { group_url: "", form_url: "", text: "", phone: "1" } };
    expect(openOf(spec)).toEqual({ wrong: [], advice: [] });
  });
  it("finds a stranger in the welcome of an hour", () => {
    const spec = emptySpec();
    spec.welcome.slots.push({ hours: { days: [], slots: [] }, text: "{who}", parts: [] });
    expect(openOf(spec).wrong.map((one) => one.text)).toContain("words");
  });
});
