/// Days and lines of the figures; days are the platform's, counted until yesterday.
import type { Key } from "@/i18n";

export const LINES = [
  { key: "friends", tone: "var(--water)" },
  { key: "requests", tone: "var(--water)" },
  { key: "chats", tone: "var(--water)" },
  { key: "messages", tone: "var(--water)" },
  { key: "reply_bps", tone: "var(--good)" },
  { key: "reply_minutes", tone: "var(--gold)" },
  { key: "lost", tone: "var(--koi)" },
] as const;
export type Line = (typeof LINES)[number];

const ZONE = "Asia/Shanghai";
const DAY = 86_400_000;
const text = (at: number) => new Date(at).toLocaleDateString("sv-SE", { timeZone: ZONE });

/// The last days that have been counted.
export function lastDays(days: number, now = Date.now()): { from: string; until: string } {
  return { from: text(now - days * DAY), until: text(now - DAY) };
}

/// What the address says, or the last week.
export function range(from: string | undefined, until: string | undefined, now = Date.now()): { from: string; until: string } {
  const day = /^\d{4}-\d\d-\d\d$/;
  return from && until && day.test(from) && day.test(until) && from <= until ? { from, until } : lastDays(7, now);
}

/// The errcode a refusal begins with, "" when there is none: "48002 api forbidden" is "48002".
export const errcodeOf = (detail: string) => /^\d+/.exec(detail)?.[0] ?? "";

/// A refusal as a sentence: what the errcode stands for when we know it, else what came.
export function reasonOf(t: (key: Key, vars?: Record<string, string | number>) => string, said: string, detail: string): string {
  const code = errcodeOf(detail);
  return code && said !== code ? t("contact.reason", { why: said, code }) : t("contact.reason.other", { detail: detail || "?" });
}
