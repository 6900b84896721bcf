/// Lengths of time as people say them.
import { useMemo } from "react";
import { useText } from "@/i18n/use";

const SIZES = [["d", 86_400], ["h", 3_600], ["m", 60], ["s", 1]] as const;

/// The largest unit that keeps it readable: 90 s is 1.5 of m.
export function inUnit(seconds: number): { n: number; unit: "d" | "h" | "m" | "s" } {
  const [unit, size] = SIZES.find(([, one]) => seconds >= one) ?? SIZES[3];
  return { n: Math.round((seconds / size) * 10) / 10, unit };
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
