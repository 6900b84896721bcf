/// ECharts on a canvas, in the console's colours; only insight pages load it. A table beside it says the same in text.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useShownMode, useStill } from "@/theme/mode";

use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const names = ["--water", "--koi", "--gold", "--violet", "--good", "--water-mid", "--bad", "--ink-3"];
const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export default function EChart({ option, label, height = 300 }: { option: EChartsCoreOption; label: string; height?: number }) {
  const place = useRef<HTMLDivElement>(null);
  const mode = useShownMode();
  const still = useStill();
  useEffect(() => {
    const chart = init(place.current!, undefined, { renderer: "canvas" });
    const text = { color: colour("--ink-3"), fontFamily: colour("--font") };
    const axis = { axisLine: { lineStyle: { color: colour("--line-strong") } }, axisLabel: text, splitLine: { lineStyle: { color: colour("--line") } } };
    const { xAxis, yAxis, ...rest } = option as Record<string, object>;
    chart.setOption({
      color: names.map(colour),
      textStyle: text,
      animation: !still,
      aria: { enabled: true, label: { enabled: false } },
      grid: { left: 8, right: 12, top: 36, bottom: 8, containLabel: true },
      tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: colour("--surface"), borderColor: colour("--line"), textStyle: { color: colour("--ink"), fontSize: 13 } },
      legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: text, type: "scroll" },
      ...rest,
      xAxis: { ...axis, ...xAxis },
      yAxis: { ...axis, ...yAxis },
    });
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(place.current!);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [option, mode, still]);
  return <div ref={place} role="img" aria-label={label} style={{ height }} />;
}
