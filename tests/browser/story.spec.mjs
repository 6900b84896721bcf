// One customer's whole way, on two screens: the merchant's console and a simulated phone. A code is made and scanned; a friend,
// a welcome, a tag, a group, an order; the code's funnel moves with each; and at the end the customer deletes the guide.
import { after, before, describe } from "node:test";
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { checkAxe, checkFits, DESKTOP, launch, open, PHONE, settled, shoot, signIn, url, walk } from "./koi.mjs";

const sim = process.env.KOI_SIM_URL?.replace(/\/$/, "");
const mark = Date.now().toString(36); // names of this run: the story may be told again on the same data
// A name that shares no two characters with anybody's: people are found by pieces of their names.
const given = String.fromCodePoint(0x4e00 + (Date.now() % 20_000), 0x4e00 + (Math.floor(Date.now() / 20_000) % 20_000));
const skip = url && sim ? false : "KOI_URL and KOI_SIM_URL are not both set";

describe("a code, a friend, a group, an order, a loss", { skip, timeout: 240_000 }, () => {
  const name = `开放日${mark}`, guest = `鲤${given}`, tag = `开放日到场${mark}`, group = `开放日群${mark}`;
  let browser, tab, page, phoneTab, phone, codePage, codeUrl, external, corp;
  const step = walk(() => page);

  /// What the funnel of the code says, by its steps' names.
  async function funnel() {
    await page.goto(codePage);
    await settled(page);
    await page.getByRole("heading", { name, level: 1 }).waitFor();
    return page.evaluate(() => Object.fromEntries([...document.querySelectorAll(".code-funnel li")].map((one) => [one.querySelector("span")?.textContent ?? "", Number(one.querySelector("b")?.textContent.replaceAll(",", "") ?? NaN)])));
  }
  /// What was done on the phone is told to the server by a push: looked at again until it arrived.
  async function until(what, look, ok) {
    for (const end = Date.now() + 20_000; ; ) {
      const seen = await look();
      if (ok(seen)) return seen;
      assert.ok(Date.now() < end, `${what}: ${JSON.stringify(seen)}`);
    }
  }
  const choose = async (label, text) => {
    const box = page.getByRole("combobox", { name: label });
    await box.click();
    await box.fill(text);
    await page.locator(".ant-select-dropdown:visible .ant-select-item-option").filter({ hasText: text }).first().click();
    await page.keyboard.press("Escape");
  };
  const scan = async (address) => {
    await phone.locator("#code").fill(address);
    await phone.locator("#scan button").click();
  };

  before(async () => {
    browser = await launch();
    tab = await open(browser, { viewport: DESKTOP });
    page = tab.page;
    await signIn(tab);
    phoneTab = await open(browser, { viewport: DESKTOP });
    phone = phoneTab.page;
    await phone.goto(`${sim}/?lang=zh`);
    corp = (await (await fetch(`${sim}/sim/state`)).json()).corp.corpid;
  });
  after(async () => {
    await browser?.close();
  });

  step("a manager makes a code", async () => {
    await page.goto(`${url}/codes/new`);
    await settled(page);
    await page.getByLabel("名称").fill(name);
    await page.getByRole("combobox", { name: /^渠道/ }).fill("开放日展台");
    await page.getByRole("button", { name: "下一步" }).click();
    const staff = (await (await fetch(`${sim}/sim/staff`)).json()).staff;
    await choose("接待导购", staff[1].name);
    await page.getByRole("button", { name: "下一步" }).click();
    await page.getByLabel("平时的欢迎语").fill("欢迎来到开放日，回复 1 领试饮");
    await choose("打上标签", tag);
    await page.getByRole("button", { name: "下一步" }).click();
    await page.getByLabel("说明文字").fill("导购都在忙，请到服务台");
    await page.getByRole("button", { name: "下一步" }).click();
    await checkAxe(page, "the last step");
    await shoot(page, "story-designer");
    await page.getByRole("button", { name: "生成活码" }).first().click();
    await page.getByRole("heading", { name, level: 1 }).waitFor();
    codePage = page.url();
    codeUrl = await page.locator(".code-head a[target=_blank]").getAttribute("href");
    assert.match(codeUrl, /\/c\//);
  });

  step("a customer scans it, adds the guide and is welcomed", async () => {
    await phone.locator("#name").fill(guest);
    await phone.locator("#make button").click();
    await phone.waitForFunction((who) => document.querySelector("#who").selectedOptions[0]?.textContent === who, guest);
    external = await phone.locator("#who").inputValue();
    // The platform makes the code's picture in its own time.
    await until("a way on the page", async () => {
      await scan(codeUrl);
      return phone.locator("#screen .profile button.go").first().waitFor({ timeout: 2000 }).then(() => true, () => false);
    }, Boolean);
    await phone.locator("#screen .profile button.go").first().click();
    await phone.locator("#add").click();
    await phone.locator("#say").waitFor();
    await phone.getByText("欢迎来到开放日，回复 1 领试饮").waitFor();
    await phone.locator("#words").fill("1");
    await phone.locator("#say button").click();
    await phone.locator(".said.mine").getByText("1", { exact: true }).waitFor();
    await shoot(phone, "story-phone");
  });

  step("the person is known: tagged, owned, and where they came from", async () => {
    await until("somebody of that name", async () => {
      await page.goto(`${url}/customers?q=${encodeURIComponent(guest)}`);
      await settled(page);
      return page.locator("a.person-link").count();
    }, (count) => count === 1);
    await page.locator("a.person-link").first().click();
    await page.getByText(tag).first().waitFor();
    await page.getByText("开放日展台").first().waitFor();
    await page.getByText("加为好友").first().waitFor();
    await checkAxe(page, "the person");
    await shoot(page, "story-person");
    assert.deepEqual(tab.errors, []);
  });

  step("the funnel counts the scan and the friend", async () => {
    await until("scan and add", funnel, (f) => f["扫码人数"] >= 1 && f["新增好友"] === 1 && f["已通过"] === 1);
  });

  step("a group code brings them into a group", async () => {
    await page.goto(`${url}/group-codes/new`);
    await settled(page);
    await page.getByLabel("名称").first().fill(group);
    await page.getByRole("button", { name: "下一步" }).click();
    await page.getByRole("button", { name: "添加入群方式" }).click();
    await page.getByRole("combobox", { name: "客户群" }).click();
    await page.locator(".ant-select-dropdown:visible .ant-select-item-option").first().click();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "下一步" }).click();
    await checkAxe(page, "the group code");
    await page.getByRole("button", { name: "生成群活码" }).first().click();
    await page.getByRole("heading", { name: group, level: 1 }).waitFor();
    const address = await page.locator("a[target=_blank][href*='/g/']").first().getAttribute("href");
    await until("a way on the page", async () => {
      await scan(address);
      return phone.locator("#screen .profile button.go").first().waitFor({ timeout: 2000 }).then(() => true, () => false);
    }, Boolean);
    await phone.locator("#screen .profile button.go").first().click();
    await phone.locator("#add").click();
    await phone.getByRole("button", { name: "退出群聊" }).waitFor();
    await until("in a group", funnel, (f) => f["已入群"] === 1);
  });

  step("a shop pushes their order", async () => {
    await page.goto(`${url}/settings/sources?tab=hooks`);
    await settled(page);
    await page.getByRole("button", { name: "新增店铺推送" }).click();
    const sheet = page.getByRole("dialog");
    await sheet.getByLabel("名称").fill("开放日小店");
    await sheet.getByLabel("键").fill(`story-${mark}`);
    await sheet.getByRole("button", { name: "创建并显示密钥" }).click();
    const secret = (await page.locator(".ant-modal code").first().textContent()).trim();
    await page.getByRole("button", { name: "我已保存好" }).click();
    const now = new Date().toISOString();
    const body = JSON.stringify({ order: { order_no: `S${mark}`, at: now, total_fen: 8800,
      buyer: { idents: [{ ns: `wecom_external_userid:${corp}`, value: external }] } } });
    const at = Math.floor(Date.now() / 1000);
    const sign = createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
    const reply = await fetch(`${url}/hooks/orders/story-${mark}`, { method: "POST", body, headers: { "content-type": "application/json", "x-koipond-signature": `t=${at},v1=${sign}` } });
    assert.equal(reply.status, 200, await reply.text());
    await until("an order", funnel, (f) => f["已下单"] === 1);
    await shoot(page, "story-funnel");
    await page.setViewportSize(PHONE);
    await checkFits(page, "the code on a phone");
    await shoot(page, "story-funnel-phone");
    await page.setViewportSize(DESKTOP);
  });

  step("the customer deletes the guide, and the loss is seen with its reason", async () => {
    await phone.locator("#tabs button").first().click();
    await phone.locator("#screen button.line").first().click();
    await phone.getByRole("button", { name: "删除联系人" }).click();
    await phone.locator("#say").waitFor({ state: "hidden" });
    await until("a loss", funnel, (f) => f["流失"] === 1);
    await page.goto(`${url}/customers?q=${encodeURIComponent(guest)}`);
    await settled(page);
    await page.locator("a.person-link").first().click();
    await page.getByText("被客户删除").first().waitFor();
    await shoot(page, "story-loss");
    assert.deepEqual([...tab.errors, ...phoneTab.errors], []);
  });
});
