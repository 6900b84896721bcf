/// Language of the console: zh-CN is the source, en is complete beside it. Only the chosen one is loaded.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { session } from "@shared/client";
import type { Lang } from "@shared/format";
import type zh from "./zh-CN.json";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof zh };
    keySeparator: false;
    nsSeparator: false;
  }
}

export type Key = keyof typeof zh;

const texts = { "zh-CN": () => import("./zh-CN.json"), en: () => import("./en.json") };

export function wantedLanguage(): Lang {
  return localStorage.getItem("koi.lang") === "en" ? "en" : "zh-CN";
}

export async function speak(lang: Lang): Promise<void> {
  const { default: translation } = await texts[lang]();
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
