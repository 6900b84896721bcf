/// Every text exists in both languages with the same holes, every text is used, and no page speaks Chinese by itself.
import { describe, expect, it } from "vitest";
const spoken = import.meta.glob("../src/i18n/*.json", { import: "default", eager: true }) as Record<string, Record<string, string>>;
/// All files of a language as one: which page brings a text is no matter here.
const whole = (lang: string): Record<string, string> => Object.assign({}, ...Object.keys(spoken).filter((name) => name.endsWith(`${lang}.json`)).sort((a, b) => a.length - b.length).map((name) => spoken[name]));
const zh = whole("zh-CN");
const en = whole("en");

const files = import.meta.glob("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true }) as Record<string, string>;
const code = Object.entries(files).map(([name, text]) => [name, text.replace(/\/\/\/?.*$/gm, "")] as const);
const all = code.map(([, text]) => text).join("\n");

const holes = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((hole) => hole[1]).sort();
/// Keys whose end is computed: tr("stage.", …) and `${…}` texts.
const prefixes = [...all.matchAll(/\btr\(\s*"([^"]+\.)"/g)].map((found) => found[1]!);

describe("the two languages", () => {
  const left = zh;
  const right = en;
  it("have the same keys", () => expect(Object.keys(right)).toEqual(Object.keys(left)));
  it("keep a text in one file", () => expect(Object.keys(left).length).toBe(Object.entries(spoken).filter(([name]) => name.endsWith("zh-CN.json")).reduce((sum, [, texts]) => sum + Object.keys(texts).length, 0)));
  it("have the same holes", () => {
    const odd = Object.keys(left).filter((key) => String(holes(left[key]!)) !== String(holes(right[key] ?? "")));
    expect(odd).toEqual([]);
  });
  it("leave nothing empty or untranslated", () => {
    const same = Object.keys(left).filter((key) => !right[key] || (/\p{Script=Han}/u.test(right[key]!) && !/^(lang\.zh|app\.name)$/.test(key)));
    expect(same).toEqual([]);
  });
});

it("every text is used", () => {
  const idle = Object.keys(zh).filter((key) => !all.includes(`"${key}"`) && !prefixes.some((prefix) => key.startsWith(prefix)));
  expect(idle).toEqual([]);
});

it("every text that is used exists", () => {
  const keys = new Set(Object.keys(zh));
  const asked = [...all.matchAll(/\bt\(\s*"([^"]+)"/g)].map((found) => found[1]!);
  expect(asked.filter((key) => !keys.has(key))).toEqual([]);
});

it("no Chinese stands outside the language files", () => {
  const loud = code.filter(([, text]) => /\p{Script=Han}/u.test(text)).map(([name]) => name);
  expect(loud).toEqual([]);
});
