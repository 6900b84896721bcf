/// Numbers, money and time as people read them. Money is whole fen, times are RFC 3339, days are in the merchant's zone.
export type Lang = "zh-CN" | "en";

const DASH = "–";
type Maybe<T> = T | null | undefined;

function fixed(value: number, lang: Lang, digits: number): string {
  return value.toLocaleString(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/// At most one decimal, none when it would be ".0": 12.3, 12, 1,234.
function short(value: number, lang: Lang): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(Math.round(value * 10) / 10) ? 0 : 1;
  return fixed(value, lang, digits);
}

/// 9,999 · 1.2万 · 3.4亿 / 9,999 · 12K · 1.2M: whole below ten thousand, where every one counts.
export function count(value: Maybe<number>, lang: Lang): string {
  if (value == null) return DASH;
  const size = Math.abs(value);
  if (size < 10_000) return fixed(value, lang, 0);
  if (lang === "zh-CN") {
    return size < 99_995_000 ? `${short(value / 1e4, lang)}万` : `${short(value / 1e8, lang)}亿`;
  }
  if (size < 999_500) return `${short(value / 1e3, lang)}K`;
  return size < 999_500_000 ? `${short(value / 1e6, lang)}M` : `${short(value / 1e9, lang)}B`;
}

/// Every digit: for tooltips and tables.
export function exact(value: Maybe<number>, lang: Lang): string {
  return value == null ? DASH : fixed(value, lang, 0);
}

/// ¥1,234.50 from 123450.
export function money(fen: Maybe<number>, lang: Lang): string {
  if (fen == null) return DASH;
  return `${fen < 0 ? "-" : ""}¥${fixed(Math.abs(fen) / 100, lang, 2)}`;
}

/// ¥1.2万 / ¥12K: whole yuan below ten thousand.
export function moneyShort(fen: Maybe<number>, lang: Lang): string {
  if (fen == null) return DASH;
  return `${fen < 0 ? "-" : ""}¥${count(Math.round(Math.abs(fen) / 100), lang)}`;
}

/// Basis points as a percentage: 3250 is 32.5%.
export function percent(bps: Maybe<number>, lang: Lang): string {
  if (bps == null) return DASH;
  return `${fixed(bps / 100, lang, Math.abs(bps) >= 10_000 || bps % 100 === 0 ? 0 : 1)}%`;
}

/// How a value moved against an earlier one, in basis points; nothing when there is no base.
export function change(now: Maybe<number>, before: Maybe<number>): number | null {
  if (now == null || before == null || before === 0) return null;
  return Math.round(((now - before) / Math.abs(before)) * 10_000);
}

const WEEKDAYS = ["日", "一", "二", "三", "四", "五", "六"];

function parts(iso: string, zone: string): Record<string, string> {
  const made = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).formatToParts(new Date(iso));
  return Object.fromEntries(made.map((part) => [part.type, part.value]));
}

/// "2026-11-22" in the zone.
export function day(iso: Maybe<string>, zone: string): string {
  if (!iso) return DASH;
  const p = parts(iso, zone);
  return `${p.year}-${p.month}-${p.day}`;
}

/// "2026-11-22 10:31" in the zone.
export function dateTime(iso: Maybe<string>, zone: string): string {
  if (!iso) return DASH;
  const p = parts(iso, zone);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}`;
}

/// "10:31" in the zone.
export function clock(iso: Maybe<string>, zone: string): string {
  if (!iso) return DASH;
  const p = parts(iso, zone);
  return `${p.hour}:${p.minute}`;
}

/// "2026-11-22 (周日)" / "2026-11-22 (Sun)".
export function dayWithWeekday(iso: string, zone: string, lang: Lang): string {
  const text = day(iso, zone);
  const index = new Date(`${text}T00:00:00Z`).getUTCDay();
  const name = lang === "zh-CN" ? `周${WEEKDAYS[index]}` : ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][index];
  return `${text} (${name})`;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/// "3 天前" / "3 days ago".
export function ago(iso: Maybe<string>, lang: Lang, now = Date.now()): string {
  if (!iso) return DASH;
  const seconds = Math.round((new Date(iso).getTime() - now) / 1000);
  const names = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return names.format(Math.trunc(seconds / size), unit);
  }
  return names.format(0, "second");
}

/// Whole days between two instants, never negative.
export function daysBetween(from: string, to: string): number {
  return Math.max(0, Math.floor((new Date(to).getTime() - new Date(from).getTime()) / 86_400_000));
}

/// 1.4 MB from bytes.
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  const unit = size < 1_000_000 ? "kB" : size < 1_000_000_000 ? "MB" : "GB";
  const scaled = size / (unit === "kB" ? 1e3 : unit === "MB" ? 1e6 : 1e9);
  return `${scaled < 10 ? scaled.toFixed(1) : Math.round(scaled)} ${unit}`;
}
