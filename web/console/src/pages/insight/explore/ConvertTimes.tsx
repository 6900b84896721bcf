/// How long those who came through took, from the first step to the last.
import { useMemo } from "react";
import { type ReplyOf } from "@shared/client";
import { useText } from "@/i18n/use";
import { Picture, Sheet } from "./Answer";
import { tidyBands, useLengths } from "./lengths";

type Part = ReplyOf<"/v1/queries/funnel", "post">["parts"][number];

export function ConvertTimes({ parts }: { parts: Part[] }) {
  const { t, tr, exact } = useText();
  const { length, band } = useLengths();
  const bands = useMemo(() => tidyBands((parts[0]?.times ?? []).map((one, at) => ({ ...one, people: parts.reduce((sum, part) => sum + (part.times[at]?.people ?? 0), 0) }))), [parts]);
  const through = bands.reduce((sum, one) => sum + one.people, 0);
  const option = useMemo(() => ({
    legend: { show: false },
    grid: { left: 4, right: 12, top: 16, bottom: 4, containLabel: true },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: (value: number) => exact(value) },
    xAxis: { type: "category", data: bands.map((one) => band(one.from_s, one.to_s)), axisLabel: { hideOverlap: true } },
    yAxis: { type: "value" },
    series: [{ name: t("funnel.times.people"), type: "bar", barMaxWidth: 46, data: bands.map((one) => one.people) }],
  }), [bands, band, exact, t]);
  if (through === 0) return null;
  const one = parts.length === 1 ? parts[0]! : undefined;
  return (
    <>
      <Picture title={t("funnel.times")} note={t("funnel.times.text", { count: exact(through) })} label={t("funnel.times")} file="funnel-times" option={option} height={240} />
      {one && (
        <dl className="figures">
          {(["p25_s", "median_s", "p75_s", "p90_s"] as const).map((key) => <div key={key}><dt>{tr("funnel.times.", key)}</dt><dd>{length(one[key])}</dd></div>)}
        </dl>
      )}
      <Sheet title={t("funnel.times.table")} file="funnel-times" rows={() => [[t("funnel.times.from"), t("funnel.times.to"), t("funnel.times.people")], ...bands.map((line) => [line.from_s, line.to_s, line.people])]}>
        <div className="scroller bands-table" tabIndex={0} role="region" aria-label={t("funnel.times.table")}>
          <table className="preview">
            <thead><tr><th scope="col">{t("funnel.times")}</th><th scope="col">{t("funnel.times.people")}</th></tr></thead>
            <tbody>{bands.map((line) => <tr key={line.from_s}><th scope="row">{band(line.from_s, line.to_s)}</th><td className="num">{exact(line.people)}</td></tr>)}</tbody>
          </table>
        </div>
      </Sheet>
    </>
  );
}
