import { stream } from "./shapes";

/// The life stages as water that widens and narrows; the numbers stand beside it as text.
export function Stream({ values, tones, label }: { values: number[]; tones: string[]; label: string }) {
  const width = 1000;
  const height = 110;
  const step = width / Math.max(1, values.length);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width="100%" height={height} preserveAspectRatio="none" role="img" aria-label={label}>
      <defs>
        <linearGradient id="stream-water" x1="0" x2="1">
          {tones.map((tone, index) => <stop key={index} offset={(index + 0.5) / tones.length} stopColor={tone} />)}
        </linearGradient>
      </defs>
      <path d={stream(values, width, height, 6)} fill="url(#stream-water)" opacity=".32" />
      <path d={stream(values.map((value) => value * 0.62), width, height, 4)} fill="url(#stream-water)" opacity=".55" />
      {values.slice(1).map((_, index) => (
        <line key={index} x1={(index + 1) * step} x2={(index + 1) * step} y1="0" y2={height} stroke="var(--surface)" strokeWidth="2" vectorEffect="non-scaling-stroke" />
      ))}
    </svg>
  );
}
