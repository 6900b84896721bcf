/// How many there are as a line, who came above and who left below as columns, a day each.
import { useEffect, useRef, useState } from "react";
import { area, curve, type Point } from "./shapes";

export interface SizeDay { day: string; size: number; entered: number; left: number }
const LINE = 168, MOVES = 64, FOOT = 20, LEFT = 52;

export function SizeChart({ days, label, say }: { days: SizeDay[]; label: string; say: (value: number) => string }) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(720); // its own, so that letters keep their size
  useEffect(() => {
    const watch = new ResizeObserver(([box]) => box && setWidth(Math.max(280, Math.round(box.contentRect.width))));
    watch.observe(place.current!);
    return () => watch.disconnect();
  }, []);
  const height = LINE + MOVES + FOOT;
  const high = Math.max(1, ...days.map((one) => one.size));
  const low = Math.min(...days.map((one) => one.size));
  const floor = low > high * 0.6 ? low - (high - low || 1) * 0.3 : 0;
  const most = Math.max(1, ...days.map((one) => Math.max(one.entered, one.left)));
  const step = (width - LEFT) / Math.max(1, days.length);
  const x = (at: number) => LEFT + (at + 0.5) * step;
  const y = (size: number) => 8 + (1 - (size - floor) / Math.max(1e-9, high - floor)) * (LINE - 22);
  const points: Point[] = days.map((one, at) => ({ x: x(at), y: y(one.size) }));
  const zero = LINE + MOVES / 2;
  const scale = (MOVES / 2 - 4) / most;
  const last = points.at(-1);
  return (
    <div ref={place}>
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} style={{ maxWidth: "100%" }} role="img" aria-label={label}>
      {[high, (high + floor) / 2].map((mark) => (
        <g key={mark}><line x1={LEFT} x2={width} y1={y(mark)} y2={y(mark)} stroke="var(--line)" /><text x={LEFT - 8} y={y(mark) + 4} fontSize="12" textAnchor="end" fill="var(--ink-3)">{say(Math.round(mark))}</text></g>
      ))}
      <path d={area(points, LINE)} fill="var(--water)" opacity=".1" />
      <path d={curve(points)} fill="none" stroke="var(--water)" strokeWidth="2" strokeLinecap="round" />
      {last && <circle cx={last.x} cy={last.y} r="3.6" fill="var(--koi)" />}
      <line x1={LEFT} x2={width} y1={zero} y2={zero} stroke="var(--line-strong)" />
      {days.map((one, at) => (
        <g key={one.day}>
          <title>{`${one.day}: ${say(one.size)} (+${say(one.entered)} −${say(one.left)})`}</title>
          <rect x={LEFT + at * step} y="0" width={step} height={height - FOOT} fill="transparent" />
          {one.entered > 0 && <rect x={x(at) - step * 0.3} width={step * 0.6} y={zero - Math.max(1.5, one.entered * scale)} height={Math.max(1.5, one.entered * scale)} rx="1.5" fill="var(--good)" />}
          {one.left > 0 && <rect x={x(at) - step * 0.3} width={step * 0.6} y={zero} height={Math.max(1.5, one.left * scale)} rx="1.5" fill="var(--koi)" opacity=".85" />}
        </g>
      ))}
      {days.length > 0 && (
        <>
          <text x={LEFT} y={height - 4} fontSize="12" fill="var(--ink-3)">{days[0]!.day}</text>
          {days.length > 1 && <text x={width} y={height - 4} fontSize="12" textAnchor="end" fill="var(--ink-3)">{days.at(-1)!.day}</text>}
        </>
      )}
    </svg>
    </div>
  );
}
