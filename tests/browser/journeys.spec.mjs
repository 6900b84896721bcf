// One walk through the console, each step standing on the one before:
// first run → sign in → import a file → people → one person → tag → RFM and its cuts → a shop push → identifiers → erasure → audit.
import { after, before, describe, it } from "node:test";
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { checkAxe, launch, login, open, password, settled, setupUrl, signIn, skip, url, walk } from "./koi.mjs";

const stamp = Date.now().toString(36);
const ORDERS = ["订单号,手机号,姓名,下单时间,商品,数量,金额,门店"];
const NAMES = ["王小满", "李清照", "陈一鸣", "赵敏", "钱多多", "孙悦", "周芷若", "吴越", "郑和", "欧阳锋"];
for (let n = 0; n < 60; n++) {
  const who = n % NAMES.length;
  const phone = `139${String(10_000_000 + who * 137 + (Date.now() % 90_000) * 100).slice(0, 8)}`;
  const day = new Date(Date.now() - (n * 5 + who) * 86_400_000).toISOString().slice(0, 10);
  ORDERS.push(`${stamp}-${n},${phone},${NAMES[who]},${day} 10:${String(n % 60).padStart(2, "0")},茶 ${n % 4},1,${(18 + (n % 7) * 12.5).toFixed(2)},西湖店`);
}
ORDERS.push(`${stamp}-bad,12345,坏行,2026-13-45 10:00,茶,1,abc,西湖店`);

describe("a first walk", { skip }, () => {
  let browser;
  let tab;
  const page = () => tab.page;
  const step = walk(page);

  before(async () => {
    browser = await launch();
    tab = await open(browser);
  });
  after(() => browser?.close());

  step("sets up a fresh server with the one-time link, or signs in", async () => {
    if (!setupUrl) return signIn(tab);
    tab.expect(401);
    await page().goto(setupUrl);
    await checkAxe(page(), "/setup");
    await page().getByLabel("商户名称").fill("山月茶铺");
    await page().getByRole("button", { name: "下一步" }).click();
    await page().getByLabel("你的称呼").fill("掌柜");
    await page().getByLabel("账号", { exact: true }).fill(login);
    await page().getByLabel("密码", { exact: true }).fill(password);
    await page().getByLabel("再输一次").fill(password);
    await checkAxe(page(), "/setup, second step");
    await page().getByRole("button", { name: "完成设置" }).click();
    await page().waitForURL(`${url}/`);
    await page().getByRole("heading", { name: "经营概览" }).waitFor();
  });

  step("signs out and in again, and a wrong password is refused in words", async () => {
    tab.expect(401);
    await page().getByRole("button", { name: /^账号：/ }).click();
    const leave = page().getByRole("menuitem", { name: "退出登录" });
    await leave.waitFor();
    // A menu is first laid out off the screen: it can be pressed once it stands under its button.
    await page().waitForFunction(() => {
      const box = document.querySelector(".ant-dropdown-menu")?.getBoundingClientRect();
      return !!box && box.left > 0 && box.top > 0 && box.bottom < innerHeight;
    });
    await leave.click();
    await page().waitForURL(/\/login/);
    await page().getByLabel("账号", { exact: true }).fill(login);
    await page().getByLabel("密码", { exact: true }).fill("not the right password");
    await page().getByRole("button", { name: "登录" }).click();
    await page().getByRole("alert").waitFor();
    await checkAxe(page(), "/login, refused");
    await signIn(tab);
  });

  step("imports a file of orders: columns guessed, dry run, run, errors", async () => {
    await page().goto(`${url}/imports`);
    await page().getByRole("button", { name: "导入文件" }).first().click();
    await page().setInputFiles('input[type="file"]', { name: `orders-${stamp}.csv`, mimeType: "text/csv", buffer: Buffer.from(ORDERS.join("\n")) });
    await page().getByRole("button", { name: "上传" }).click();
    await page().getByRole("heading", { name: "每一列是什么" }).waitFor();
    await checkAxe(page(), "/imports/…, mapping");
    await page().getByRole("button", { name: "试运行" }).click();
    await page().getByRole("heading", { name: "试运行结果" }).waitFor();
    await page().getByRole("button", { name: "开始导入" }).click();
    await page().getByRole("heading", { name: "结果", exact: true }).waitFor();
    await page().locator(".chip", { hasText: "已完成" }).waitFor({ timeout: 60_000 });
    const download = page().waitForEvent("download");
    await page().getByRole("link", { name: "下载问题行" }).click();
    assert.match((await download).suggestedFilename(), /\.csv$/);
    await checkAxe(page(), "/imports/…, done");
  });

  step("finds people by pinyin initials and keeps the filter in the address", async () => {
    await page().goto(`${url}/customers`);
    await settled(page());
    const find = page().getByLabel("姓名、拼音、手机尾号、会员号、标签");
    await find.fill("wxm");
    await find.press("Enter");
    await page().waitForURL(/q=wxm/);
    await page().locator("a.person-link").first().waitFor();
    await page().reload();
    await settled(page());
    assert.equal(await find.inputValue(), "wxm");
  });

  step("opens a person, sees why, and reveals the phone for a reason", async () => {
    await page().locator("a.person-link").first().click();
    await page().getByRole("heading", { name: "为什么在这个阶段" }).waitFor();
    await page().getByRole("heading", { name: "时间线" }).waitFor();
    await settled(page());
    await checkAxe(page(), "/customers/…");
    await page().getByRole("button", { name: "查看明文" }).first().click();
    const dialog = page().getByRole("dialog");
    await dialog.getByLabel("原因").fill("浏览器走查：核对电话");
    await dialog.getByRole("button", { name: "查看明文" }).click();
    await dialog.getByText(/\+?\d{11}/).waitFor();
    await checkAxe(page(), "reveal");
    await dialog.getByRole("button", { name: "关闭" }).last().click();
  });

  step("makes a tag and gives it to the person", async () => {
    const person = page().url();
    await page().goto(`${url}/settings/tags`);
    await settled(page());
    await page().getByRole("button", { name: "新建标签", exact: true }).first().click();
    await page().getByLabel("名称").fill(`走查${stamp}`);
    await page().getByRole("button", { name: "保存" }).click();
    await page().getByRole("button", { name: new RegExp(`走查${stamp}`) }).waitFor();
    await page().goto(person);
    await settled(page());
    await page().getByRole("button", { name: "打上标签" }).click();
    const sheet = page().getByRole("dialog");
    await sheet.getByLabel("标签").fill(`走查${stamp}`);
    await page().locator(".ant-select-item-option", { hasText: `走查${stamp}` }).click();
    await page().keyboard.press("Escape");
    await sheet.getByRole("button", { name: "保存" }).click();
    await page().getByRole("button", { name: `走查${stamp}` }).waitFor();
  });

  step("tags everybody a filter selects, then takes it back", async () => {
    await page().goto(`${url}/customers?orders_min=1`);
    await settled(page());
    await page().getByRole("button", { name: "批量打标签" }).click();
    const dialog = page().getByRole("dialog");
    await dialog.getByLabel("标签", { exact: true }).fill(`走查${stamp}`);
    await page().locator(".ant-select-item-option", { hasText: `走查${stamp}` }).click();
    await dialog.getByRole("button", { name: /^给 .* 人打上$/ }).click();
    await dialog.getByText("已完成，可以撤销").waitFor({ timeout: 30_000 });
    await checkAxe(page(), "bulk tag, done");
    await dialog.getByRole("button", { name: "撤销" }).click();
    await dialog.getByText("已撤销，一切如前").waitFor({ timeout: 30_000 });
    await dialog.getByRole("button", { name: "关闭" }).last().click();
  });

  step("looks at a merge case, merges the two, and takes them apart again", async () => {
    // Two people with one phone and two WeChat identities: evidence says one, the rule says two.
    const phone = `136${String(Date.now()).slice(-8)}`;
    await page().evaluate(async ([number, mark]) => {
      const me = await (await fetch("/v1/me")).json();
      for (const union of ["a", "b"]) {
        const identifiers = [{ ns: "wx_unionid", value: `walk-${mark}-${union}` }, { ns: "phone_e164", value: number }];
        const answer = await fetch("/v1/people", {
          method: "POST",
          headers: { "content-type": "application/json", "x-koipond-csrf": me.csrf, "idempotency-key": `walk-${mark}-${union}` },
          body: JSON.stringify({ identifiers, attributes: { name: `走查${union}` } }),
        });
        if (!answer.ok) throw new Error(await answer.text());
      }
    }, [phone, stamp]);
    await page().goto(`${url}/identity`);
    await settled(page());
    await page().getByRole("heading", { name: "两个不同的 UnionID" }).first().waitFor();
    await checkAxe(page(), "/identity");
    await page().getByRole("button", { name: "合并并保留此档案" }).first().click();
    await page().getByRole("dialog").getByRole("button", { name: "合并", exact: true }).click();
    await page().getByText("已合并").first().waitFor();
    await page().goto(`${url}/identity?state=merged`);
    await settled(page());
    await page().locator("a.person-link").first().click();
    await page().getByRole("heading", { name: "合并进来的档案" }).waitFor();
    await page().getByRole("button", { name: "拆分" }).first().click();
    await page().getByRole("dialog").getByRole("button", { name: "拆分" }).click();
    await page().getByText(/已拆出/).first().waitFor();
    await checkAxe(page(), "person, taken apart");
  });

  step("goes from a square of the RFM grid to a person", async () => {
    await page().goto(`${url}/rfm`);
    await settled(page());
    await page().locator(".rfm-grid button:not([disabled])").first().click();
    await page().waitForURL(/cell=\d{3}/);
    await page().locator("a.person-link").first().waitFor();
    await checkAxe(page(), "/rfm, drilled");
  });

  step("cuts the scores anew and sees what that does before it is saved", async () => {
    await page().getByRole("button", { name: "分档规则" }).click();
    const sheet = page().getByRole("dialog");
    await sheet.getByText("固定界限").click();
    await sheet.getByRole("button", { name: "用当前五等分的界限取整填入" }).click();
    await sheet.locator(".preview td:last-child").first().filter({ hasText: /^\d/ }).waitFor();
    await checkAxe(page(), "RFM cuts");
    await sheet.getByRole("button", { name: "保存" }).click();
    await page().getByText("固定界限 · 第 1 版").waitFor();
  });

  step("changes a tag that it has seen", async () => {
    await page().goto(`${url}/settings/tags`);
    await settled(page());
    await page().getByRole("button", { name: `走查${stamp}` }).click();
    const sheet = page().getByRole("dialog");
    await sheet.getByLabel("名称").fill(`走过${stamp}`);
    await sheet.getByRole("button", { name: "保存" }).click();
    await page().getByRole("button", { name: `走过${stamp}` }).waitFor();
  });

  step("opens a shop push, whose secret signs an order that arrives once", async () => {
    await page().goto(`${url}/settings/sources?tab=hooks`);
    await settled(page());
    await page().getByRole("button", { name: "新增店铺推送" }).click();
    const sheet = page().getByRole("dialog");
    await sheet.getByLabel("名称").fill("走查旗舰店");
    await sheet.getByLabel("键").fill(`walk-${stamp}`);
    await sheet.getByRole("button", { name: "创建并显示密钥" }).click();
    const secret = (await page().locator(".ant-modal code").first().textContent()).trim();
    const body = JSON.stringify({ order: { order_no: `W${stamp}`, at: "2026-01-05T02:00:00Z", total_fen: 100, buyer: { id: "walker" } } });
    const at = Math.floor(Date.now() / 1000);
    const sign = createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
    const push = () => fetch(`${url}/hooks/orders/walk-${stamp}`, {
      method: "POST", body, headers: { "content-type": "application/json", "x-koipond-signature": `t=${at},v1=${sign}` } });
    assert.equal((await push()).status, 200);
    assert.equal((await push()).status, 409, "a signature works once");
    await page().getByRole("button", { name: "我已保存好" }).click();
  });

  step("rules a shared till out, and lifts it again", async () => {
    await page().goto(`${url}/settings/identifiers`);
    await settled(page());
    await page().getByRole("button", { name: "登记标识" }).first().click();
    const sheet = page().getByRole("dialog");
    await sheet.getByLabel("所属系统").fill("pos");
    await sheet.getByLabel("标识", { exact: true }).fill(`till-${stamp}`);
    await checkAxe(page(), "an identifier to rule out");
    await sheet.getByRole("button", { name: "保存" }).click();
    const row = page().locator("tr", { hasText: `till-${stamp}` });
    await row.getByRole("button", { name: "解除" }).click();
    await page().locator(".ant-modal-confirm").getByRole("button", { name: "解除" }).click();
    await row.waitFor({ state: "detached" });
  });

  step("erases somebody once the name is typed", async () => {
    await page().goto(`${url}/customers?q=${encodeURIComponent("走查a")}`);
    await settled(page());
    await page().locator("a.person-link").first().click();
    await page().getByRole("button", { name: "删除个人信息" }).click();
    const dialog = page().getByRole("dialog");
    const erase = dialog.getByRole("button", { name: "永久删除" });
    assert.ok(await erase.isDisabled());
    await dialog.getByRole("textbox").fill((await dialog.locator("label code").textContent()).trim());
    await checkAxe(page(), "erasure");
    await erase.click();
    await page().locator(".chip", { hasText: "已删除个人信息" }).waitFor();
  });

  step("moves through the console with the keyboard alone", async () => {
    await page().goto(`${url}/`);
    await settled(page());
    await page().keyboard.press("Control+k");
    await page().getByRole("combobox").waitFor();
    await checkAxe(page(), "palette");
    await page().keyboard.type("审计");
    await page().keyboard.press("Enter");
    await page().waitForURL(/\/settings\/audit/);
    await page().keyboard.press("g");
    await page().keyboard.press("c");
    await page().waitForURL(/\/customers/);
  });

  step("verifies the audit chain, which knows of the reveal", async () => {
    await page().goto(`${url}/settings/audit`);
    await settled(page());
    await page().getByText("person.reveal").first().waitFor();
    await page().getByRole("button", { name: "校验整条链" }).click();
    await page().getByText(/完整无缺/).waitFor();
  });

  step("undoes the import, whole", async () => {
    await page().goto(`${url}/imports`);
    await settled(page());
    await page().getByRole("link", { name: `orders-${stamp}.csv` }).click();
    await page().getByRole("button", { name: "撤销整次导入" }).click();
    await page().getByRole("dialog").getByRole("button", { name: "撤销整次导入" }).click();
    await page().locator(".chip", { hasText: "已撤销" }).waitFor({ timeout: 60_000 });
  });

  it("caused no error that a user would not have", () => assert.deepEqual(tab.errors, []));
});
