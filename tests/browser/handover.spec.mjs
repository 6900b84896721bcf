// A guide's customers go to two colleagues: seen before, started, followed, on a phone too.
import { after, before, describe } from "node:test";
import assert from "node:assert/strict";
import { checkAxe, checkFits, DESKTOP, launch, open, PHONE, settled, shoot, signIn, skip, url, walk } from "./koi.mjs";

describe("a handover", { skip, timeout: 240_000 }, () => {
  let browser, tab, page;
  const step = walk(() => page);
  before(async () => {
    browser = await launch();
    tab = await open(browser, { viewport: DESKTOP });
    page = tab.page;
    await signIn(tab);
  });
  after(async () => {
    assert.deepEqual(tab.errors, []);
    await browser.close();
  });

  step("the list says how to begin", async () => {
    await page.goto(`${url}/handovers`);
    await settled(page);
    await checkAxe(page, "handovers");
    await page.goto(`${url}/handovers/new`);
    await settled(page);
    await checkAxe(page, "wizard");
  });

  step("who gives", async () => {
    const owned = await page.evaluate(async () => {
      const staff = (await (await fetch("/v1/staff?limit=200")).json()).data;
      const people = (await (await fetch("/v1/people?limit=100")).json()).data;
      const id = people.find((one) => one.owner_staff_id)?.owner_staff_id;
      return staff.find((one) => one.id === id)?.name ?? "";
    });
    assert.notEqual(owned, "", "somebody has customers");
    const from = page.getByRole("combobox", { name: "原成员" });
    await from.click();
    await from.fill(owned);
    await page.locator(".ant-select-item-option").filter({ hasText: owned }).first().click();
    await page.getByRole("button", { name: "下一步" }).click();
  });

  step("who takes, and by which rule", async () => {
    const takers = page.getByRole("combobox", { name: "接替成员" });
    await takers.click();
    for (const at of [0, 1]) await page.locator(".ant-select-dropdown:visible .ant-select-item-option").nth(at).click();
    await page.keyboard.press("Escape");
    await page.getByLabel("每位接替成员每天最多接手").fill("3");
    await checkAxe(page, "rule");
    await shoot(page, "handover-rule");
    await page.setViewportSize(PHONE);
    await checkFits(page, "rule on a phone");
    await shoot(page, "handover-rule-phone");
    await page.getByRole("button", { name: "预览分配" }).click();
    await page.getByText("需要天数").first().waitFor();
    await checkFits(page, "preview on a phone");
    await shoot(page, "handover-preview-phone");
    await page.setViewportSize(DESKTOP);
    await checkAxe(page, "preview");
    await shoot(page, "handover-preview");
  });

  step("it starts, and its page tells how far it is", async () => {
    await page.getByRole("button", { name: "开始继承" }).click();
    await page.locator(".ant-modal-confirm").getByRole("button", { name: "开始继承" }).click();
    await page.waitForURL(/\/handovers\/hov_/);
    await settled(page);
    await page.getByText("继承明细").waitFor();
    // Those who are no friends on WeCom have moved at once; whether there are any is the sample's.
    await page.locator(".handover-facts").getByText(/已接手|待发起/).first().waitFor();
    await checkAxe(page, "progress");
    await shoot(page, "handover-progress");
    // Without WeCom those who are friends there wait for somebody to connect it.
    await page.getByText("已自动暂停：未接入企业微信").waitFor();
    await page.getByRole("button", { name: "取消继承" }).click();
    await page.locator(".ant-modal-confirm").getByRole("button", { name: "取消继承" }).click();
    await page.getByText("已取消").first().waitFor();
    await page.setViewportSize(PHONE);
    await settled(page);
    await checkFits(page, "progress on a phone");
    await shoot(page, "handover-progress-phone");
    await page.goto(`${url}/handovers`);
    await settled(page);
    await checkFits(page, "list on a phone");
    await checkAxe(page, "list on a phone");
  });
});
