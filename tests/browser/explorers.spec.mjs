// One question from beginning to end, on a pond with fish in it: a funnel is built, read, and opened to its people.
import { after, before, describe } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { checkAxe, launch, open, settled, signIn, skip, url, walk } from "./koi.mjs";

const number = (text) => Number(text.replaceAll(",", ""));

describe("a funnel", { skip }, () => {
  let browser;
  let tab;
  let dropped;
  const page = () => tab.page;
  const step = walk(page);
  const table = () => page().getByRole("table").filter({ has: page().getByRole("columnheader", { name: "占上一步" }) });
  const pick = async (field, wanted) => {
    await page().getByRole("combobox", { name: field, exact: true }).click();
    await page().keyboard.type(wanted);
    await page().locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option").filter({ hasText: wanted }).first().click();
    await settled(page());
  };

  before(async () => {
    browser = await launch();
    tab = await open(browser);
    await signIn(tab);
  });
  after(() => browser?.close());

  step("opens from the rail with a question that has an answer", async () => {
    await page().getByRole("link", { name: "漏斗" }).click();
    await page().getByRole("heading", { name: "漏斗", level: 1 }).waitFor();
    await table().getByText("1 打开小程序").waitFor();
    assert.equal(new URL(page().url()).search, "");
  });

  step("is built: a step less, another, a condition, all time", async () => {
    await page().getByRole("button", { name: "移除第 4 步" }).click();
    await table().getByText("4 支付订单").waitFor({ state: "detached" });
    await pick("添加步骤", "支付订单");
    await table().getByText("4 支付订单").waitFor();
    const where = page().getByLabel("第 2 步的条件");
    await where.fill('channel != "moments-ad"');
    await where.press("Enter");
    await pick("时间范围", "全部时间");
    await page().waitForURL(/days=all/);
    assert.match(decodeURIComponent(page().url().replaceAll("+", " ")), /step2=product_viewed where channel != "moments-ad"/);
    await checkAxe(page(), "a funnel");
  });

  step("reads: fewer and fewer, and what is lost is the difference", async () => {
    await page().locator('.answer[aria-busy="false"]').waitFor();
    const rows = await table().getByRole("row").filter({ hasText: /^[1-4] / }).all();
    const lines = await Promise.all(rows.map((row) => row.getByRole("cell").allInnerTexts()));
    const people = lines.map((line) => number(line[1]));
    assert.equal(people.length, 4);
    assert.ok(people[3] > 0, "somebody came through");
    for (let at = 1; at < 4; at++) assert.equal(number(lines[at][4]), people[at - 1] - people[at]);
    dropped = people[1] - people[2];
    assert.ok(dropped > 0, "and somebody did not");
  });

  step("opens a drop to exactly those people", async () => {
    await page().getByRole("button", { name: /^3 加入购物车之前流失/ }).click();
    const behind = page().getByRole("region", { name: /^停在“2 浏览商品/ });
    await behind.getByText(`共 ${dropped.toLocaleString("zh-CN")} 人`).waitFor();
    await behind.locator("a.person-link").first().waitFor();
    await checkAxe(page(), "people who stopped");
    await page().reload();
    await settled(page());
    await behind.getByText(`共 ${dropped.toLocaleString("zh-CN")} 人`).waitFor();
    assert.deepEqual(tab.errors, []);
  });

  step("leads on to the people list", async () => {
    const behind = page().getByRole("region", { name: /^停在“2 浏览商品/ });
    const first = await behind.locator("a.person-link").first().innerText();
    await behind.getByRole("link", { name: "在客户列表中查看" }).click();
    await page().waitForURL(/\/customers\?ids=/);
    await settled(page());
    await page().locator("a.person-link").filter({ hasText: first.trim().split("\n").at(-1) }).first().waitFor();
    await page().goBack();
    await settled(page());
    await behind.waitFor();
  });

  step("goes as files, and back through its own history", async () => {
    const [sheet] = await Promise.all([page().waitForEvent("download"), page().getByRole("button", { name: "CSV 表格：各步明细" }).click()]);
    const text = await readFile(await sheet.path(), "utf8");
    assert.match(text, /^\uFEFF步骤,到达人数,占第一步,占上一步,流失\r\n1 打开小程序,\d+,1,,\r\n/);
    const [picture] = await Promise.all([page().waitForEvent("download"), page().getByRole("button", { name: "PNG 图片：转化漏斗" }).click()]);
    const bytes = await readFile(await picture.path());
    assert.equal(bytes.subarray(1, 4).toString(), "PNG");
    await page().goBack(); // before "all time"
    await page().waitForURL((to) => !to.search.includes("days=all"));
    await settled(page());
    assert.deepEqual(tab.errors, []);
  });

  step("says beside the field what a condition gets wrong", async () => {
    tab.expect(400, 404, 422);
    const where = page().getByLabel("第 2 步的条件");
    await where.fill("channel = ");
    await where.press("Enter");
    await page().locator("li").filter({ has: where }).getByRole("alert").filter({ hasText: "规则的写法不正确" }).waitFor();
    await page().goto(`${url}/explore/funnel?step1=order_payd&step2=order_paid&window=0d`);
    await page().locator(".ask-steps li").first().getByRole("alert").filter({ hasText: "规则中有不认识的名称" }).waitFor();
    await page().goto(`${url}/explore/funnel?window=0d`);
    await page().locator(".ask-field").getByRole("alert").filter({ hasText: "时间长度必须大于零" }).waitFor();
    await page().goto(`${url}/explore/funnel?${Array.from({ length: 11 }, (_, n) => `step${n + 1}=order_paid`).join("&")}`);
    await page().locator("fieldset").getByRole("alert").filter({ hasText: "漏斗需要 2 到 10 个步骤" }).waitFor();
    assert.deepEqual(tab.errors, []);
  });
});
