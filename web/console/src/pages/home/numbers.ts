import { useMemo } from "react";
import { useText } from "@/i18n/use";

interface Figure {
  value: number | null;
  unit: string;
}

/// A number of the metric layer in its unit; a dash where there is not enough data for it to mean anything.
export function useNumbers() {
  const { percent, count, moneyShort, lang } = useText();
  return useMemo(() => {
    const share = (value: number | null | undefined) => percent(value == null ? null : Math.round(value * 10_000));
    const decimal = (value: number) => value.toLocaleString(lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const say = ({ value, unit }: Figure): string => {
      if (value === null) return "–";
      if (unit === "share") return share(value);
      if (unit === "fen" || unit === "fen_per_person") return moneyShort(value);
      if (unit === "index" || unit === "people_per_person") return decimal(value);
      return count(value);
    };
    return { share, say };
  }, [percent, count, moneyShort, lang]);
}
