// What the builders of links, pages and forms work out by themselves.
import { describe, expect, it } from "vitest";
import { emptyBlock, emptyPage, isWhole, lackOf, leftUntil } from "@/pages/doors/blocks";
import { changed, freeKey, moved, toFen, type FormSpec, type Question } from "@/pages/doors/door";
import { emptyForm, emptyQuestion, nextOf, onePage, openOf, scoreOf, walk } from "@/pages/doors/forms";
import { emptyLink, emptyTarget, isReady, shareOf } from "@/pages/doors/links";

/// q1 leads to q2 or q3; q2 to the end.
function branching(): FormSpec {
  const questions: Question[] = [];
  for (const kind of ["single", "text", "rating"] as const) questions.push({ ...emptyQuestion(kind, questions), title: kind });
  questions[0]!.options = questions[0]!.options.map((o, at) => ({ ...o, label: `${at}`, score: at + 1 }));
  questions[0]!.options[1]!.go = "q3";
  questions[1]!.go = "end";
  return { ...emptyForm(), questions };
}

describe("forms", () => {
  it("lead where the server's forms lead", () => {
    const spec = branching();
    const path = (given: Record<string, string[]>) => walk(spec, given).path.map((q) => q.key);
    expect(path({})).toEqual(["q1", "q2"]);
    expect(path({ q1: ["o2"] })).toEqual(["q1", "q3"]);
    expect(walk(spec, { q1: ["o2"] }).done).toBe(true);
    expect(nextOf(spec, 0, ["o9"])).toBe(1);
    expect(onePage(spec)).toBe(false);
    expect(scoreOf(spec, { q1: ["o2"], q2: ["x"] })).toBe(2);
  });
  it.each([
    ["nothing to say", (spec: FormSpec) => spec, []],
    ["no questions", (spec: FormSpec) => ({ ...spec, questions: [] }), ["none"]],
    ["a question without words", (spec: FormSpec) => ({ ...spec, questions: changed(spec.questions, 1, { title: " " }) }), ["title"]],
    ["an option without words", (spec: FormSpec) => ({ ...spec, questions: changed(spec.questions, 0, { options: changed(spec.questions[0]!.options, 0, { label: "" }) }) }), ["option"]],
    ["a circle", (spec: FormSpec) => ({ ...spec, questions: changed(spec.questions, 2, { go: "q1" }) }), ["loop"]],
    ["a question nobody reaches", (spec: FormSpec) => ({ ...spec, questions: changed(spec.questions, 0, { options: changed(spec.questions[0]!.options, 0, { go: "q3" }) }) }), ["lost"]],
  ])("say what is open: %s", (_, change, want) => {
    expect(openOf(change(branching())).map((one) => one.text)).toEqual(want);
  });
});

describe("pages", () => {
  it("know what each block lacks", () => {
    const of = (kind: Parameters<typeof emptyBlock>[0], more = {}) => lackOf({ ...emptyBlock(kind, []), ...more });
    expect(of("text")).toBe("text");
    expect(of("text", { title: "a" })).toBeUndefined();
    expect(of("button", { label: "a" })).toBe("url");
    expect(of("product", { title: "a" })).toBe("price_fen");
    expect(of("countdown")).toBe("until");
    expect(of("form")).toBe("to");
    expect(of("video", { url: "https://a" })).toBe("title");
    expect(isWhole({ ...emptyPage(), name: "a", title: "b", blocks: [{ ...emptyBlock("image", []), image: "/x.png" }] })).toBe(true);
    expect(isWhole(emptyPage())).toBe(false);
  });
  it("count down to a moment and not past it", () => {
    const now = Date.parse("2026-11-23T00:00:00Z");
    expect(leftUntil("2026-11-24T02:03:30Z", now)).toEqual({ days: 1, hours: 2, minutes: 3 });
    expect(leftUntil("2026-11-22T23:59:00Z", now)).toBeUndefined();
  });
});

describe("links", () => {
  it("share out those without conditions by weight", () => {
    const all = [{ ...emptyTarget(), weight: 3 }, { ...emptyTarget(), weight: 1 }, { ...emptyTarget(), weight: 9, agents: ["ios"] }];
    expect(all.map((one) => shareOf(one, all))).toEqual([7500, 2500, null]);
    expect(isReady(emptyLink())).toBe(false);
    expect(isReady({ ...emptyLink(), name: "a", targets: [{ ...emptyTarget(), to: "/c/x" }] })).toBe(true);
    expect(isReady({ ...emptyLink(), name: "a", targets: [{ ...emptyTarget(), to: "/c/x", weight: 0 }] })).toBe(false);
  });
});

describe("lines in an order", () => {
  it("move within the list and keep their keys apart", () => {
    expect(moved([1, 2, 3], 0, 1)).toEqual([2, 1, 3]);
    expect(moved([1, 2, 3], 0, -1)).toEqual([1, 2, 3]);
    expect(moved([1, 2, 3], 2, 1)).toEqual([1, 2, 3]);
    expect(freeKey("b", [{ key: "b1" }, { key: "b3" }])).toBe("b2");
    expect(toFen(19.99)).toBe(1999);
  });
});
