import { area, curve, plot } from "./shapes";

/// A small line of values; the words beside it carry the meaning, so `label` says it once for readers.
export function Spark({ values, label, width = 120, height = 34, tone = "var(--water)" }: {
  values: number[];
  label: string;
  width?: number;
  height?: number;
  tone?: string;
}) {
  if (values.length < 2) return null;
  const points = plot(values, width, height);
  const last = points[points.length - 1]!;
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <path d={area(points, height)} fill={tone} opacity=".1" />
      <path d={curve(points)} fill="none" stroke={tone} strokeWidth="1.6" strokeLinecap="round" />
      <circle cx={last.x} cy={last.y} r="2.6" fill="var(--koi)" />
    </svg>
  );
}
