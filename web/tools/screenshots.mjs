// Pictures for the README, taken from a running server with the sample merchant:
//   KOI_URL=http://127.0.0.1:8686 KOI_LOGIN=admin KOI_PASSWORD=… npm run screenshots [folder]
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { DESKTOP, launch, open, PHONE, settled, signIn, url } from "../../tests/browser/koi.mjs";

if (!url) {
  console.error("KOI_URL is not set");
  process.exit(2);
}
const folder = process.argv[2] ?? fileURLToPath(new URL("../../docs/images/", import.meta.url));
await mkdir(folder, { recursive: true });

const shots = [
  { name: "home", path: "/" },
  { name: "people", path: "/customers" },
  { name: "person", path: "person" },
  { name: "segments", path: "/segments" },
  { name: "segment", path: "segment" },
  { name: "identity", path: "/identity" },
  { name: "imports", path: "/imports" },
  { name: "rfm", path: "/rfm" },
  { name: "retention", path: "/retention" },
  { name: "channels", path: "/channels" },
  { name: "members", path: "/settings/members" },
  { name: "audit", path: "/settings/audit" },
];
const looks = [
  { suffix: "", lang: "en", theme: "light", viewport: DESKTOP },
  { suffix: ".zh-CN", lang: "zh-CN", theme: "light", viewport: DESKTOP },
  { suffix: ".dark", lang: "zh-CN", theme: "dark", viewport: DESKTOP, only: ["home", "person", "rfm"] },
  { suffix: ".phone", lang: "zh-CN", theme: "light", viewport: PHONE, only: ["home", "people", "person"] },
];

const browser = await launch();
const door = await open(browser);
await signIn(door);
const state = await door.context.storageState();

for (const look of looks) {
  const { page, context } = await open(browser, { ...look, state });
  for (const shot of shots.filter((one) => !look.only || look.only.includes(one.name))) {
    if (shot.path === "person") {
      // Somebody with a history: the one who spent most.
      await page.goto(`${url}/customers?sort=paid`);
      await settled(page);
      await page.locator("a.person-link").first().click();
    } else if (shot.path === "segment") {
      // The builder, with a rule that says something.
      const rule = "count(order_paid within last 30d) >= 2 and no mini_program_opened for 14d and reachable(\"wecom\", \"marketing\")";
      await page.goto(`${url}/segments/new?${new URLSearchParams({ text: rule })}`);
    } else {
      await page.goto(url + shot.path);
    }
    await settled(page);
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${folder}/${shot.name}${look.suffix}.png` });
    console.log(`${shot.name}${look.suffix}.png`);
  }
  await context.close();
}
await browser.close();
