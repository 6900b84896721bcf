/// Scans and new friends a day, or by the hour of the day.
import { Segmented } from "antd";
import { useState } from "react";
import { useText } from "@/i18n/use";
import type { Stats } from "./door";

export function Days({ days, hours }: Pick<Stats, "days" | "hours">) {
  const { t, exact } = useText();
  const [by, setBy] = useState<"day" | "hour">("day");
  const lines = by === "day" ? days.map((one) => ({ key: one.day, name: one.day.slice(5), scans: one.visitors, adds: one.adds })) : hours.map((one) => ({ key: String(one.hour), name: `${one.hour}:00`, scans: one.visitors, adds: one.adds }));
  const width = 640, height = 190, foot = 20;
  const most = Math.max(1, ...lines.map((one) => Math.max(one.scans, one.adds)));
  const step = width / Math.max(1, lines.length);
  const tall = (value: number) => (value / most) * (height - foot - 10);
  return (
    <div className="stack tight">
      <Segmented size="small" aria-label={t("code.days.by")} style={{ justifySelf: "start" }} value={by} onChange={setBy} options={[{ value: "day", label: t("code.days.day") }, { value: "hour", label: t("code.days.hour") }]} />
      <svg viewBox={`0 0 ${width} ${height}`} width="100%" role="img" aria-label={t("code.days.chart")}>
        <line x1="0" x2={width} y1={height - foot} y2={height - foot} stroke="var(--line-strong)" />
        {lines.map((one, at) => (
          <g key={one.key}>
            <title>{`${one.key}: ${t("code.funnel.visitors")} ${exact(one.scans)}, ${t("code.funnel.adds")} ${exact(one.adds)}`}</title>
            <rect x={at * step} y="0" width={step} height={height} fill="transparent" />
            <rect x={at * step + step * 0.14} y={height - foot - tall(one.scans)} width={step * 0.72} height={tall(one.scans)} rx="2" fill="var(--water)" opacity=".28" />
            <rect x={at * step + step * 0.26} y={height - foot - tall(one.adds)} width={step * 0.48} height={tall(one.adds)} rx="2" fill="var(--water)" />
          </g>
        ))}
        {lines.length > 0 && <><text x="0" y={height - 4} fontSize="12" fill="var(--ink-3)">{lines[0]!.name}</text><text x={width} y={height - 4} fontSize="12" textAnchor="end" fill="var(--ink-3)">{lines.at(-1)!.name}</text></>}
      </svg>
      <p className="code-legend"><span><i className="scans" />{t("code.funnel.visitors")}</span><span><i className="adds" />{t("code.funnel.adds")}</span></p>
    </div>
  );
}
