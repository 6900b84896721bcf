import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import * as format from "@shared/format";
import { useSession } from "@/app/session";
import type { Key } from "./index";

export type Vars = Record<string, string | number>;

/// Text and formats bound to the language and the merchant's zone.
export function useText() {
  const { t, i18n } = useTranslation();
  const zone = useSession()?.zone ?? "Asia/Shanghai";
  const lang = (i18n.language === "en" ? "en" : "zh-CN") as format.Lang;
  return useMemo(
    () => ({
      lang,
      zone,
      t: t as unknown as (key: Key, vars?: Vars) => string,
      /// A text whose key is computed from a value of the server; the value itself when it is not ours.
      tr: (prefix: string, value: string | null | undefined) =>
        value ? (t as unknown as (key: string, options: object) => string)(`${prefix}${value}`, { defaultValue: value }) : "–",
      count: (value: number | null | undefined) => format.count(value, lang),
      exact: (value: number | null | undefined) => format.exact(value, lang),
      money: (fen: number | null | undefined) => format.money(fen, lang),
      moneyShort: (fen: number | null | undefined) => format.moneyShort(fen, lang),
      percent: (bps: number | null | undefined) => format.percent(bps, lang),
      day: (iso: string | null | undefined) => format.day(iso, zone),
      dateTime: (iso: string | null | undefined) => format.dateTime(iso, zone),
      clock: (iso: string | null | undefined) => format.clock(iso, zone),
      weekday: (iso: string) => format.dayWithWeekday(iso, zone, lang),
      ago: (iso: string | null | undefined) => format.ago(iso, lang),
    }),
    [t, lang, zone],
  );
}

export type Text = ReturnType<typeof useText>;
