// Figures of customer contact are looked through; a rule on words is written, changed, refused and deleted. Needs a server with --simulator.
import { after, before, describe } from "node:test";
import assert from "node:assert/strict";
import { checkAxe, checkFits, DESKTOP, launch, open, PHONE, settled, signIn, skip, url, walk } from "./koi.mjs";

const NAME = `走查${Date.now() % 100_000}`;

/// A picture of one pixel, of this run's own.
const PIXEL = Buffer.concat([Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64"), Buffer.from(NAME)]);

describe("customer contact", { skip, timeout: 180_000 }, () => {
  let browser, tab, page, corps;
  const step = walk(() => page);
  const row = (name) => page.locator("tr", { hasText: name }).first();
  const becomes = (name, state) => page.locator("tr", { hasText: name }).filter({ hasText: state }).first().waitFor({ timeout: 45_000 });
  const fitsAPhone = async (where) => {
    await page.setViewportSize(PHONE);
    await checkFits(page, where);
    await page.setViewportSize(DESKTOP);
  };
  const remove = async (name) => {
    await page.getByRole("button", { name }).click();
    await page.locator(".ant-modal").getByRole("button", { name: /删\s*除/ }).click();
  };
  before(async () => {
    browser = await launch();
    tab = await open(browser, { viewport: DESKTOP });
    page = tab.page;
    await signIn(tab);
    corps = await page.evaluate(async () => (await (await fetch("/v1/intercept-rules")).json()).corps);
  });
  after(async () => {
    assert.deepEqual(tab.errors, []);
    await browser.close();
  });

  step("figures of days, of staff and of owners", async () => {
    await page.goto(`${url}/staff-figures`);
    await settled(page);
    await page.getByText("近 30 天").click();
    await settled(page);
    for (const name of ["按日", "群主", "按成员"]) {
      await page.getByRole("tab", { name }).click();
      await checkAxe(page, name);
    }
    const first = page.locator(".contact-who button").first();
    if (await first.count()) {
      await first.click();
      await page.getByRole("tab", { name: "按日", selected: true }).waitFor();
      const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "导出表格" }).click()]);
      assert.match(file.suggestedFilename(), /^staff-figures-.*\.csv$/);
    }
    await fitsAPhone("figures on a phone");
  });

  step("a product comes into the album, is changed and taken out", async () => {
    await page.goto(`${url}/album-products`);
    await settled(page);
    await checkAxe(page, "album");
    if (corps.length === 0) return;
    await page.getByRole("button", { name: "新建商品" }).first().click();
    await page.getByLabel("商品描述").fill(NAME);
    await page.getByRole("button", { name: "保存" }).click();
    await page.getByText("至少放一张图片").waitFor();
    await page.locator(".album-add input[type=file]").setInputFiles({ name: `${NAME}.png`, mimeType: "image/png", buffer: PIXEL });
    await page.locator(".album-picture img").waitFor();
    await page.getByLabel("价格").fill("268.5");
    await checkAxe(page, "product sheet");
    await page.getByRole("button", { name: "保存" }).click();
    await becomes(NAME, "已上架");
    assert.match(await row(NAME).innerText(), /268\.50/);
    await page.getByRole("button", { name: `修改商品 ${NAME}` }).click();
    await page.getByLabel("商品描述").fill(`${NAME}丙`);
    await page.getByRole("button", { name: "保存" }).click();
    await becomes(`${NAME}丙`, "已上架");
    await fitsAPhone("album on a phone");
    await remove(`删除商品 ${NAME}丙`);
    await page.locator("tr", { hasText: `${NAME}丙` }).waitFor({ state: "detached", timeout: 45_000 });
  });

  step("a rule is written, and holds at the platform", async () => {
    await page.goto(`${url}/intercept-rules`);
    await settled(page);
    await checkAxe(page, "rules");
    if (corps.length === 0) return;
    await page.getByRole("button", { name: "新建规则" }).first().click();
    await page.getByLabel("规则名称").fill(NAME);
    await page.locator("#words").fill("转我微信、私下付、转我微信、");
    await page.getByLabel("手机号").check();
    await checkAxe(page, "sheet");
    await page.getByRole("button", { name: "保存" }).click();
    await page.getByText("选择至少一个门店").waitFor();
    await page.getByLabel("全公司").check();
    await page.getByRole("button", { name: "保存" }).click();
    await becomes(NAME, "生效中");
    assert.match(await row(NAME).innerText(), /转我微信[^]*私下付[^]*手机号[^]*全公司/);
  });

  step("it is changed and deleted", async () => {
    if (corps.length === 0) return;
    await page.getByRole("button", { name: `修改规则 ${NAME}` }).click();
    await page.getByLabel("规则名称").fill(`${NAME}乙`);
    await page.getByLabel("仅提醒成员").check();
    await page.getByRole("button", { name: "保存" }).click();
    await becomes(`${NAME}乙`, "生效中");
    await fitsAPhone("rules on a phone");
    await remove(`删除规则 ${NAME}乙`);
    await row(NAME).waitFor({ state: "detached", timeout: 45_000 });
  });
});
