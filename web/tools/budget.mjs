// What a cold visit to the home page weighs, as brotli: fails over the budget.
// The entry's static imports and the page's own chunk count; other pages do not.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

const brief = process.argv.includes("--brief");  // only what is over
const root = process.argv.slice(2).find((word) => !word.startsWith("--")) ?? "dist/console";
const SHELL_MAX = 240_000; // React, antd core, router, menus and the texts: what every page stands on
const HOME_MAX = 250_000;
const PAGE_MAX = 400_000;
const INSIGHT_MAX = 520_000;

const manifest = JSON.parse(await readFile(join(root, ".vite/manifest.json"), "utf8"));

function closure(key, found = new Set()) {
  if (found.has(key)) return found;
  found.add(key);
  for (const next of manifest[key]?.imports ?? []) closure(next, found);
  return found;
}

async function weigh(keys) {
  const files = new Set();
  for (const key of keys) {
    const chunk = manifest[key];
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
  }
  let sum = 0;
  for (const file of files) {
    const compressed = await stat(join(root, `${file}.br`)).catch(() => stat(join(root, file)));
    sum += compressed.size;
  }
  return sum;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const always = [entry, "src/app/Frame.tsx", "src/i18n/zh-CN.json", ...Object.keys(manifest).filter((key) => /antd\/es\/locale\/zh_CN/.test(key))];
const shell = new Set(always.filter((key) => manifest[key]).flatMap((key) => [...closure(key)]));
const rows = [["shell", await weigh(shell), SHELL_MAX]];
for (const key of Object.keys(manifest).filter((name) => /^src\/pages\//.test(name) && manifest[name].isDynamicEntry)) {
  const max = /\/Home\.tsx$/.test(key) ? HOME_MAX : /\/insight\//.test(key) ? INSIGHT_MAX : PAGE_MAX;
  rows.push([key.replace(/^src\/pages\/|\.tsx$/g, ""), await weigh(new Set([...shell, ...closure(key)])), max]);
}
let over = 0;
for (const [name, size, max] of rows) {
  if (size > max) over++;
  if (size > max || !brief) console.log(`${name.padEnd(24)} ${String(Math.round(size / 1000)).padStart(5)} kB br  (≤ ${max / 1000})${size > max ? "  OVER" : ""}`);
}
process.exit(over ? 1 : 0);
