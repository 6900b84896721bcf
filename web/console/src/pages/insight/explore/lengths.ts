/// Lengths of time as people say them.
import { useMemo } from "react";
import { useText } from "@/i18n/use";

const SIZES = [["d", 86_400], ["h", 3_600], ["m", 60], ["s", 1]] as const;

/// The largest unit that keeps it readable: 90 s is 1.5 of m.
export function inUnit(seconds: number): { n: number; unit: "d" | "h" | "m" | "s" } {
  const [unit, size] = SIZES.find(([, one]) => seconds >= one) ?? SIZES[3];
  return { n: Math.round((seconds / size) * 10) / 10, unit };
}

interface Band { from_s: number; to_s: number; people: number }

/// A window that ends where a band begins leaves a band of one second: who took exactly that long goes with the band before.
export function tidyBands(bands: Band[]): Band[] {
  const last = bands.at(-1), before = bands.at(-2);
  if (!last || !before || last.to_s - last.from_s > 1) return bands;
  return [...bands.slice(0, -2), { ...before, people: before.people + last.people }];
}

export function useLengths() {
  const { tr } = useText();
  return useMemo(() => {
    const length = (seconds: number | null | undefined) => {
      if (seconds == null) return "–";
      const { n, unit } = inUnit(seconds);
      return `${n} ${tr("explore.length.", unit)}`;
    };
    // The last band ends a second after the window.
    const band = (from: number, to: number) => `${from === 0 ? "0" : length(from)}–${length(to % 60 === 1 ? to - 1 : to)}`;
    return { length, band };
  }, [tr]);
}
