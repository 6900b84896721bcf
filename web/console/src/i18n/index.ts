/// Language of the console: zh-CN is the source, en is complete beside it. Only the chosen one is loaded.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { session } from "@shared/client";
import type { Lang } from "@shared/format";
import type archive from "./archive.zh-CN.json";
import type codes from "./codes.zh-CN.json";
import type connections from "./connections.zh-CN.json";
import type contact from "./contact.zh-CN.json";
import type doors from "./doors.zh-CN.json";
import type explore from "./explore.zh-CN.json";
import type groups from "./groups.zh-CN.json";
import type handover from "./handover.zh-CN.json";
import type imports from "./imports.zh-CN.json";
import type ledger from "./ledger.zh-CN.json";
import type segments from "./segments.zh-CN.json";
import type sends from "./sends.zh-CN.json";
import type settings from "./settings.zh-CN.json";
import type zh from "./zh-CN.json";

type Texts = typeof zh & typeof archive & typeof codes & typeof connections & typeof contact & typeof doors & typeof explore & typeof groups & typeof handover & typeof imports & typeof ledger & typeof segments & typeof sends & typeof settings;

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: Texts };
    keySeparator: false;
    nsSeparator: false;
  }
}

export type Key = keyof Texts;

const texts = { "zh-CN": () => import("./zh-CN.json"), en: () => import("./en.json") };
/// Texts that come with the pages that say them, so that nobody else waits for them.
const parts = {
  archive: { "zh-CN": () => import("./archive.zh-CN.json"), en: () => import("./archive.en.json") },
  codes: { "zh-CN": () => import("./codes.zh-CN.json"), en: () => import("./codes.en.json") },
  connections: { "zh-CN": () => import("./connections.zh-CN.json"), en: () => import("./connections.en.json") },
  contact: { "zh-CN": () => import("./contact.zh-CN.json"), en: () => import("./contact.en.json") },
  doors: { "zh-CN": () => import("./doors.zh-CN.json"), en: () => import("./doors.en.json") },
  explore: { "zh-CN": () => import("./explore.zh-CN.json"), en: () => import("./explore.en.json") },
  groups: { "zh-CN": () => import("./groups.zh-CN.json"), en: () => import("./groups.en.json") },
  handover: { "zh-CN": () => import("./handover.zh-CN.json"), en: () => import("./handover.en.json") },
  imports: { "zh-CN": () => import("./imports.zh-CN.json"), en: () => import("./imports.en.json") },
  ledger: { "zh-CN": () => import("./ledger.zh-CN.json"), en: () => import("./ledger.en.json") },
  segments: { "zh-CN": () => import("./segments.zh-CN.json"), en: () => import("./segments.en.json") },
  sends: { "zh-CN": () => import("./sends.zh-CN.json"), en: () => import("./sends.en.json") },
  settings: { "zh-CN": () => import("./settings.zh-CN.json"), en: () => import("./settings.en.json") },
};
export type Part = keyof typeof parts;
const spoken = new Set<Part>();

/// What a page needs besides; from then on it follows the language.
export async function speakAlso(part: Part): Promise<void> {
  spoken.add(part);
  const lang = session.lang as Lang;
  i18next.addResourceBundle(lang, "translation", (await parts[part][lang]()).default);
}

export function wantedLanguage(): Lang {
  return localStorage.getItem("koi.lang") === "en" ? "en" : "zh-CN";
}

export async function speak(lang: Lang): Promise<void> {
  const [base, ...more] = await Promise.all([texts[lang](), ...[...spoken].map((part) => parts[part][lang]())]);
  const translation = Object.assign({}, base.default, ...more.map((one) => one.default)) as object;
  if (!i18next.isInitialized) {
    await i18next.use(initReactI18next).init({
      lng: lang,
      resources: { [lang]: { translation } },
      keySeparator: false,
      nsSeparator: false,
      interpolation: { escapeValue: false },
      returnNull: false,
    });
  } else {
    i18next.addResourceBundle(lang, "translation", translation);
    await i18next.changeLanguage(lang);
  }
  session.lang = lang;
  document.documentElement.lang = lang;
  localStorage.setItem("koi.lang", lang);
}
