// Every page, light and dark, desktop and phone, both languages: no error, no axe violation, nothing too wide.
import { after, before, describe, it } from "node:test";
import assert from "node:assert/strict";
import { checkAxe, checkFits, DESKTOP, launch, open, PHONE, seen, settled, signIn, skip, url } from "./koi.mjs";

const pages = [
  "/",
  "/customers",
  "/customers?stage=active",
  "/customers?segment=" + encodeURIComponent("高价值沉睡"),
  "/segments",
  "/segments?mode=live",
  "/segments/new",
  "/segments/new?text=count(order_payd+within+last+30d)+%3E%3D+2",
  "/codes",
  "/codes?state=paused",
  "/codes/new",
  "/codes/load",
  "/codes/places",
  "/connections",
  "/connections/wwnone",
  "/links",
  "/pages",
  "/pages/new",
  "/forms",
  "/forms/new",
  "/sends",
  "/sends/new",
  "/moments",
  "/moments/new",
  "/album-products",
  "/intercept-rules",
  "/staff-figures",
  "/staff-figures?tab=owners&from=2026-01-01&until=2026-01-31",
  "/identity",
  "/imports",
  "/rfm",
  "/retention",
  "/channels",
  "/source-map",
  "/explore/funnel",
  "/explore/funnel?by=touch.channel&not1=1%3Acoupon_viewed&count=times&days=90",
  "/explore/funnel?days=all&at=2&drop=1",
  "/explore/retention",
  "/explore/retention?first=code_scanned&back=order_paid&unit=month&show=people",
  "/explore/paths",
  "/explore/paths?anchor=order_paid&direction=before&but1=order_created&via1=cart_added",
  "/explore/activity",
  "/explore/activity?event=product_viewed&by=channel&compare=1&spread=1&property=price_fen&show=sum",
  "/explore/attribution",
  "/explore/attribution?credit=linear&show=fen&days=365",
  "/explore/attribution?by=person.channel&days=365",
  "/explore/retention?by=channel&unit=month&days=180",
  "/explore/rfm",
  "/explore/rfm?cell=5-5&tiles=5",
  "/explore/activity?among=stage+%3D+%22active%22",
  "/insight/charts",
  "/insight/dashboards",
  "/drill?metric=ownership.connected",
  "/ledger",
  "/settings/members",
  "/settings/org",
  "/settings/sources",
  "/settings/sources?tab=hooks",
  "/settings/keys",
  "/settings/attributes",
  "/settings/identifiers",
  "/settings/tags",
  "/settings/stages",
  "/settings/events",
  "/settings/audit",
  "/account",
  "/no-such-page",
];

const looks = [
  { name: "zh light desktop", lang: "zh-CN", theme: "light", viewport: DESKTOP },
  { name: "zh dark phone", lang: "zh-CN", theme: "dark", viewport: PHONE },
  { name: "en dark desktop", lang: "en", theme: "dark", viewport: DESKTOP },
  { name: "en light phone", lang: "en", theme: "light", viewport: PHONE },
];

describe("every page", { skip }, () => {
  let browser;
  let state;

  before(async () => {
    browser = await launch();
    const tab = await open(browser);
    await signIn(tab);
    state = await tab.context.storageState();
    await tab.context.close();
  });
  after(() => browser?.close());

  async function walkAll(look) {
    const tab = await open(browser, { ...look, state });
    const found = [];
    for (const path of pages) {
      const where = `${path} (${look.name})`;
      const visit = seen(tab.page, where.replace(/\W+/g, "-"), async () => {
        await tab.page.goto(url + path);
        await settled(tab.page);
        assert.equal(await tab.page.locator("h1").count(), 1, `${where}: one h1`);
        await checkFits(tab.page, where);
        await checkAxe(tab.page, where);
        assert.deepEqual(tab.errors, [], where);
      });
      await visit.catch((error) => found.push(error.message));
      tab.errors.length = 0;
    }
    await tab.context.close();
    assert.deepEqual(found, []);
  }

  // Side by side: a page is mostly waited for.
  describe("in every look", { concurrency: looks.length }, () => {
    for (const look of looks) it(`is clean in ${look.name}`, () => walkAll(look));
  });

  it("opens one person from the list, and the person is clean too", async () => {
    for (const look of looks) {
      const tab = await open(browser, { ...look, state });
      await tab.page.goto(`${url}/customers`);
      await settled(tab.page);
      const person = tab.page.locator("a.person-link").first();
      if ((await person.count()) === 0) return tab.context.close(); // an empty pond
      await person.click();
      await settled(tab.page);
      await seen(tab.page, `person-${look.name.replace(/\W+/g, "-")}`, async () => {
        await checkFits(tab.page, `person (${look.name})`);
        await checkAxe(tab.page, `person (${look.name})`);
        assert.deepEqual(tab.errors, []);
      });
      await tab.context.close();
    }
  });

  it("shows the door to who is not signed in, and comes back after", async () => {
    const tab = await open(browser);
    tab.expect(401);
    await tab.page.goto(`${url}/rfm`);
    await tab.page.waitForURL(/\/login\?to=/);
    await checkAxe(tab.page, "/login");
    assert.deepEqual(tab.errors, []);
    await tab.context.close();
  });
});
