/// ECharts on a canvas, in the console's colours; only insight pages load it. A table beside it says the same in text.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef, type RefObject } from "react";
import { useShownMode, useStill } from "@/theme/mode";
import { colour, tones } from "./colours";

use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

/// What was pressed: a bar, a point, a node; `data` is what the option gave for it.
export interface Pressed { seriesIndex: number; dataIndex: number; dataType?: string; data: unknown }

/// `picture` is filled with a way to take the chart as a PNG while it stands.
export default function EChart({ option, label, height = 300, onPress, picture }: {
  option: EChartsCoreOption;
  label: string;
  height?: number;
  onPress?: (what: Pressed) => void;
  picture?: RefObject<(() => string) | null>;
}) {
  const place = useRef<HTMLDivElement>(null);
  const press = useRef(onPress);
  press.current = onPress;
  const mode = useShownMode();
  const still = useStill();
  useEffect(() => {
    const chart = init(place.current!, undefined, { renderer: "canvas" });
    const text = { color: colour("--ink-3"), fontFamily: colour("--font") };
    const axis = (own: { axisLabel?: object }) => ({
      axisLine: { lineStyle: { color: colour("--line-strong") } }, splitLine: { lineStyle: { color: colour("--line") } },
      ...own, axisLabel: { ...text, hideOverlap: true, ...own.axisLabel },
    });
    const { xAxis, yAxis, legend, ...rest } = option as Record<string, object>;
    chart.setOption({
      color: tones.map(colour),
      textStyle: text,
      animation: !still,
      aria: { enabled: true, label: { enabled: false } },
      grid: { left: 8, right: 12, top: 36, bottom: 8, containLabel: true },
      tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: colour("--surface"), borderColor: colour("--line"), textStyle: { color: colour("--ink"), fontSize: 13 } },
      legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: text, pageTextStyle: text, type: "scroll", ...legend },
      ...rest,
      // A flow has no axes.
      ...(xAxis && { xAxis: axis(xAxis) }),
      ...(yAxis && { yAxis: axis(yAxis) }),
    });
    chart.on("click", (what) => press.current?.(what as unknown as Pressed));
    if (picture) picture.current = () => chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: colour("--surface") });
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(place.current!);
    return () => {
      watch.disconnect();
      if (picture) picture.current = null;
      chart.dispose();
    };
  }, [option, mode, still, picture]);
  return <div ref={place} role="img" aria-label={label} style={{ height }} />;
}
