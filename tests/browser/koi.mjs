// What the journeys stand on: a browser, a signed-in page that tattles on errors, and axe.
import assert from "node:assert/strict";
import { it } from "node:test";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const require = createRequire(new URL("../../web/package.json", import.meta.url));

export const url = process.env.KOI_URL?.replace(/\/$/, "");
export const setupUrl = process.env.KOI_SETUP_URL;
export const login = process.env.KOI_LOGIN ?? "admin";
export const password = process.env.KOI_PASSWORD ?? "";
export const skip = url ? false : "KOI_URL is not set: no server to walk through";
const shots = process.env.KOI_SHOTS ?? here("./shots");

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

export async function launch() {
  const { chromium } = require("playwright-core");
  return chromium.launch({ executablePath: process.env.KOI_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/// A tab of its own. `errors` fills with everything a user should never cause: console errors, page errors, 5xx.
export async function open(browser, { viewport = DESKTOP, theme = "light", lang = "zh-CN", state } = {}) {
  const context = await browser.newContext({
    viewport,
    locale: lang === "en" ? "en-US" : "zh-CN",
    timezoneId: "Asia/Shanghai",
    colorScheme: theme,
    reducedMotion: "reduce",
    storageState: state,
    acceptDownloads: true,
  });
  await context.addInitScript(
    ([wantedTheme, wantedLang]) => {
      localStorage.setItem("koi.theme", wantedTheme);
      localStorage.setItem("koi.lang", wantedLang);
    },
    [theme, lang],
  );
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const errors = [];
  const expected = new Set(); // statuses a step provokes on purpose
  page.on("pageerror", (error) => errors.push(`page: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    const refused = /status of (\d{3})/.exec(message.text());
    if (refused && expected.has(Number(refused[1]))) return;
    errors.push(`console: ${message.text()} ${message.location().url ?? ""}`);
  });
  page.on("response", (answer) => {
    if (answer.status() >= 500) errors.push(`${answer.status()} ${answer.url()}`);
  });
  return { context, page, errors, expect: (...statuses) => statuses.forEach((status) => expected.add(status)) };
}

/// Signs in through the form.
export async function signIn(tab) {
  tab.expect(401); // the first question is who we are, and nobody is
  await tab.page.goto(`${url}/login`);
  await tab.page.getByLabel(/^(账号|Login)$/).fill(login);
  await tab.page.getByLabel(/^(密码|Password)$/).fill(password);
  await tab.page.getByRole("button", { name: /^(登录|Sign in)$/ }).click();
  await tab.page.waitForURL((to) => !to.pathname.startsWith("/login"));
  await settled(tab.page);
}

/// Waits until the page shows something and asks for nothing.
export async function settled(page) {
  await page.locator("h1").first().waitFor({ state: "attached" });
  await page.waitForLoadState("networkidle").catch(() => {});
  await page.waitForFunction(() => document.querySelectorAll(".bones").length === 0);
}

const axe = () => readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/// No violation of WCAG 2.2 AA, named by rule and node.
export async function checkAxe(page, where) {
  await settled(page);
  // Through the debugger, not a script tag: the page's own policy would (rightly) refuse that.
  await page.evaluate(axe());
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return result.violations.map((rule) => `${rule.id}: ${rule.nodes.slice(0, 4).map((node) => node.html.slice(0, 160)).join(" | ")}`);
  });
  assert.deepEqual(found, [], where);
}

/// Nothing scrolls sideways: the page fits its screen.
export async function checkFits(page, where) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 1, `${where} is ${over} px too wide`);
}

export async function shoot(page, name) {
  await mkdir(shots, { recursive: true });
  await page.screenshot({ path: `${shots}/${name}.png` });
}

/// Runs a step and keeps a picture of what it saw when it failed.
export async function seen(page, name, step) {
  try {
    return await step();
  } catch (error) {
    await shoot(page, name).catch(() => {});
    throw error;
  }
}

/// Steps of one walk on a page: each stands on the one before, so that after a failure the rest could only fail too.
export function walk(page) {
  let fallen = "";
  return (name, run) =>
    it(name, async () => {
      assert.equal(fallen, "", "an earlier step failed");
      fallen = name;
      await seen(page(), name, run);
      fallen = "";
    });
}
