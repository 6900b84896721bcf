/// The merchant's cuts of RFM scores, between the form (yuan, lists of numbers) and the server (fen, "30,60,90,180").
import type { BodyOf, ReplyOf } from "@shared/client";

export type Setting = ReplyOf<"/v1/insight/rfm/setting", "get">["current"];
export type Bounds = ReplyOf<"/v1/insight/rfm", "get">["bounds"];
export type SettingIn = BodyOf<"/v1/insight/rfm/setting", "put">;

type Four = (number | null | undefined)[];
export interface CutsForm { method: "quintile" | "cuts"; r: Four; f: Four; m: Four; high: number; note?: string }

const four = (text: string | null | undefined, by = 1): Four => {
  const parts = (text ?? "").split(",").filter(Boolean).map((part) => Number(part) / by);
  return [0, 1, 2, 3].map((at) => parts[at] ?? null);
};

export function toForm(setting: Setting): CutsForm {
  return { method: setting.method === "cuts" ? "cuts" : "quintile", r: four(setting.r_days), f: four(setting.f_orders), m: four(setting.m_fen, 100), high: setting.high };
}

/// Four whole numbers that rise, as the server writes them; nothing otherwise.
export function rising(list: Four | undefined, by = 1): string | undefined {
  const numbers = (list ?? []).map((value) => (value == null ? NaN : Math.round(value * by)));
  const fine = numbers.length === 4 && numbers.every((value, at) => Number.isSafeInteger(value) && value >= 0 && (at === 0 || value > numbers[at - 1]!));
  return fine ? numbers.join(",") : undefined;
}

/// The form as the server takes it; nothing while a list is not four rising numbers.
export function toBody(form: CutsForm): SettingIn | undefined {
  const rest = { high: form.high, note: form.note?.trim() || null };
  if (form.method !== "cuts") return { method: "quintile", ...rest };
  const r_days = rising(form.r), f_orders = rising(form.f), m_fen = rising(form.m, 100);
  return r_days && f_orders && m_fen ? { method: "cuts", r_days, f_orders, m_fen, ...rest } : undefined;
}

/// Cuts near today's quintiles, in round numbers that rise: where a form may begin.
export function suggest(bounds: Bounds): Pick<CutsForm, "r" | "f" | "m"> {
  const climb = (list: number[], round: (n: number) => number, step: number) => {
    const out: number[] = [];
    for (let at = 0; at < 4; at++) {
      const before = out[at - 1];
      const wanted = round(list[at] ?? (before ?? 0) + step);
      out.push(before !== undefined && wanted <= before ? before + step : wanted);
    }
    return out;
  };
  const tens = (n: number) => Math.max(10, Math.round(n / 10) * 10);
  return { r: climb([...bounds.r_days].reverse(), tens, 30), f: climb(bounds.f_orders, (n) => n, 1), m: climb(bounds.m_fen.map((fen) => fen / 100), tens, 50) };
}
