// A form asks for a telephone number and proves it: built in the console, answered on a phone, the code read from the simulator's texts.
import { after, before, describe } from "node:test";
import assert from "node:assert/strict";
import { checkAxe, checkFits, DESKTOP, launch, open, PHONE, settled, shoot, signIn, url, walk } from "./koi.mjs";

const sim = process.env.KOI_SIM_URL?.replace(/\/$/, "");
const mark = Date.now().toString(36);
const number = `139${String(Date.now() % 100_000_000).padStart(8, "0")}`;
const skip = url && sim ? false : "KOI_URL and KOI_SIM_URL are not both set";

describe("a telephone number is proved by a code", { skip, timeout: 120_000 }, () => {
  const name = `新品试饮${mark}`;
  let browser, page, phone;
  const step = walk(() => page);

  before(async () => {
    browser = await launch();
    const tab = await open(browser, { viewport: DESKTOP });
    page = tab.page;
    await signIn(tab);
    phone = (await open(browser, { viewport: PHONE })).page;
  });
  after(async () => {
    await browser?.close();
  });

  step("the gateway is there, and a test reaches it", async () => {
    await page.goto(`${url}/connections`);
    await settled(page);
    await page.getByRole("button", { name: "发送测试短信" }).click();
    await page.getByLabel("手机号").fill(number);
    await page.getByRole("dialog").getByRole("button", { name: /保存|确定|提交/ }).click();
    await page.getByText("已送出").first().waitFor({ timeout: 20_000 });
    await checkAxe(page, "connections with a gateway");
    await shoot(page, "sms");
  });

  step("an operator builds the form", async () => {
    await page.goto(`${url}/forms/new`);
    await settled(page);
    await page.getByLabel("名称", { exact: true }).fill(name);
    await page.getByLabel("标题", { exact: true }).first().fill("领取试饮券");
    await page.getByRole("button", { name: "添加题目" }).click();
    await page.getByRole("menuitem", { name: "手机号" }).click();
    await page.getByLabel("题目", { exact: true }).fill("您的手机号");
    await page.getByText("用短信验证码核实").click();
    await shoot(page, "proof-builder");
    await page.getByRole("button", { name: "创建表单" }).click();
    await page.waitForURL(/\/forms\/frm_/);
  });

  step("a customer proves a number and sends the answer", async () => {
    await settled(page);
    const address = await page.evaluate(() => document.body.innerText.match(/https?:\/\/\S+\/f\/[\w-]+/)?.[0]);
    assert.ok(address, "the form's page shows its address");
    await phone.goto(new URL(new URL(address).pathname, url).href);
    await phone.getByLabel("您的手机号").fill(number);
    await checkFits(phone, "the form");
    await phone.getByRole("button", { name: "提交" }).click();
    await phone.getByText("请获取并填写短信验证码").waitFor();
    await phone.getByRole("button", { name: "获取验证码" }).click();
    await phone.getByText("验证码已发送").waitFor();
    await checkAxe(phone, "the form with a code on its way");
    await shoot(phone, "proof-phone");
    let code;
    for (const end = Date.now() + 20_000; !code; ) {
      const { texts } = await (await fetch(`${sim}/sim/sms`)).json();
      code = texts.find((one) => one.to === `+86${number}` && one.purpose === "form_code")?.text.match(/\d{6}/)?.[0];
      assert.ok(Date.now() < end, "no text came");
    }
    await phone.getByLabel("短信验证码").fill(code);
    await phone.getByRole("button", { name: "提交" }).click();
    await phone.getByText("提交成功").waitFor();
  });

  step("the number leads to the person", async () => {
    await page.goto(`${url}/customers?q=${number}`);
    await settled(page);
    await page.getByText(/139\*{4}\d{4}/).first().waitFor();
  });
});
