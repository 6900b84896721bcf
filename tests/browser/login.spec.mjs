// A member of staff comes in by WeCom: a stranger first, then with an account, on a desktop by scanning and inside WeCom's own browser.
// Then the administrator chooses who is told of trouble, and sends a test to their own WeCom.
import { after, before, describe } from "node:test";
import assert from "node:assert/strict";
import { checkAxe, checkFits, DESKTOP, launch, open, PHONE, settled, signIn, url, walk } from "./koi.mjs";

const sim = process.env.KOI_SIM_URL?.replace(/\/$/, "");
const mark = Date.now().toString(36);
const skip = url && sim ? false : "KOI_URL and KOI_SIM_URL are not both set";

describe("staff sign in by WeCom", { skip, timeout: 120_000 }, () => {
  let browser, admin, page, guide, other, corp;
  const step = walk(() => page);

  before(async () => {
    browser = await launch();
    admin = await open(browser, { viewport: DESKTOP });
    await signIn(admin);
    const tab = await open(browser, { viewport: DESKTOP });
    tab.expect(401, 403);
    page = tab.page;
  });
  after(async () => {
    await browser?.close();
  });

  step("the directory has come over", async () => {
    const working = new Set((await (await fetch(`${sim}/sim/staff`)).json()).staff.filter((one) => one.status === 1).map((one) => one.userid));
    for (const end = Date.now() + 30_000; !guide; ) {
      const [staff, taken] = await admin.page.evaluate(async () => Promise.all(["/v1/staff?limit=200", "/v1/members?limit=200"].map(async (path) => (await (await fetch(path)).json()).data)));
      [guide, other] = staff.filter((one) => working.has(one.wecom_userid) && !taken.some((member) => member.staff_id === one.id));
      assert.ok(guide || Date.now() < end, "nobody came over");
      if (!guide) await admin.page.waitForTimeout(300);
    }
    corp = (await admin.page.evaluate(async () => (await (await fetch("/v1/login/ways")).json()).data))[0];
  });

  step("whoever has no account is told what to do", async () => {
    await page.goto(`${url}/login?to=${encodeURIComponent("/customers")}`);
    await settled(page);
    await page.getByRole("link", { name: "企业微信登录" }).click();
    await page.getByRole("link", { name: guide.wecom_userid }).click();
    await page.getByText("尚未关联登录账号").waitFor();
    await page.getByText(guide.wecom_userid, { exact: true }).waitFor();
    await checkFits(page, "the refusal");
    await page.getByRole("link", { name: "用账号密码登录" }).click();
    await page.waitForURL(/\/login$/);
    await settled(page);
    await checkAxe(page, "the login page");
  });

  step("an administrator gives them one", async () => {
    const made = await admin.page.evaluate(async ([login, staff]) => {
      const me = await (await fetch("/v1/me")).json();
      return (await fetch("/v1/members", { method: "POST", headers: { "content-type": "application/json", "x-koipond-csrf": me.csrf }, body: JSON.stringify({ login, role: "guide", staff_id: staff }) })).status;
    }, [`scan.${mark}`, guide.id]);
    assert.equal(made, 201);
  });

  step("a scan brings them where they wanted to go", async () => {
    await page.goto(`${url}/customers?q=1`);
    await page.waitForURL(/\/login/);
    await page.getByRole("link", { name: "企业微信登录" }).click();
    await page.getByRole("link", { name: guide.wecom_userid }).click();
    await page.waitForURL(`${url}/customers?q=1`);
    await settled(page);
    assert.equal(await page.evaluate(async () => (await (await fetch("/v1/me")).json()).login), `scan.${mark}`);
  });

  step("inside WeCom the workbench leads straight in", async () => {
    const phone = await browser.newContext({ viewport: PHONE, locale: "zh-CN", userAgent: "Mozilla/5.0 (iPhone) MicroMessenger/7.0.1 wxwork/4.1.6" });
    const inside = await phone.newPage();
    await inside.goto(`${url}${corp.url}?to=/customers`);
    assert.match(inside.url(), /\/connect\/oauth2\/authorize/);
    await inside.getByRole("link", { name: guide.wecom_userid }).click();
    await inside.waitForURL(`${url}/customers`);
    await phone.close();
  });

  step("an administrator chooses who is told of trouble, and a test arrives", async () => {
    const desk = admin.page;
    await desk.evaluate(async (staff) => {
      const me = await (await fetch("/v1/me")).json();
      if (me.staff_id) return;
      const member = (await (await fetch("/v1/members?limit=200")).json()).data.find((one) => one.id === me.id);
      await fetch(`/v1/members/${me.id}`, { method: "PATCH", headers: { "content-type": "application/json", "x-koipond-csrf": me.csrf, "if-match": `"v${member.ver}"` }, body: JSON.stringify({ staff_id: staff }) });
    }, other.id);
    await desk.goto(`${url}/connections/${corp.corp_id}?tab=staff`);
    await settled(desk);
    await desk.getByRole("button", { name: "给我发一条测试" }).click();
    await desk.getByText("已送出").first().waitFor({ timeout: 20_000 });
    await desk.getByRole("button", { name: /选择接收人|编 ?辑/ }).last().click();
    await desk.getByRole("combobox", { name: "接收人" }).click();
    await desk.keyboard.type(other.name);
    await desk.locator(".ant-select-dropdown:visible .ant-select-item-option").first().click();
    await desk.keyboard.press("Escape");
    await desk.getByRole("dialog").getByRole("button", { name: /保 ?存/ }).click();
    await desk.getByText("活码提醒 · 连接、同步与存档异常").waitFor();
    await checkAxe(desk, "the staff tab");
  });

  step("nothing leads elsewhere", async () => {
    const answer = await page.goto(`${url}${corp.url}?to=https://evil.example/`);
    assert.equal(answer.status(), 422);
    assert.ok(page.url().startsWith(url));
  });
});
