/// New people above the line, lost below it, a column a period.
export function GrowthChart({ periods, label }: { periods: { period: string; new_people: number; lost: number }[]; label: string }) {
  const width = 640;
  const height = 150;
  const most = Math.max(1, ...periods.map((one) => one.new_people));
  const worst = Math.max(0, ...periods.map((one) => one.lost));
  const scale = (height - 26) / (most + worst);
  const zero = 4 + most * scale;
  const step = width / Math.max(1, periods.length);
  const bar = Math.max(2, step * 0.62);
  const last = periods.length - 1;
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width="100%" role="img" aria-label={label}>
      {periods.map((one, index) => (
        <g key={one.period}>
          <title>{`${one.period}: +${one.new_people} −${one.lost}`}</title>
          <rect x={index * step} y="0" width={step} height={height - 20} fill="transparent" />
          <rect x={index * step + (step - bar) / 2} y={zero - one.new_people * scale} width={bar} height={Math.max(one.new_people ? 1 : 0, one.new_people * scale)} rx="2" fill="var(--water)" opacity={index === last ? 1 : 0.72} />
          <rect x={index * step + (step - bar) / 2} y={zero + 1} width={bar} height={one.lost * scale} rx="2" fill="var(--koi)" opacity=".8" />
        </g>
      ))}
      <line x1="0" x2={width} y1={zero} y2={zero} stroke="var(--line-strong)" />
      {periods.length > 1 && (
        <>
          <text x="0" y={height - 3} fontSize="12" fill="var(--ink-3)">{periods[0]!.period}</text>
          <text x={width} y={height - 3} fontSize="12" fill="var(--ink-3)" textAnchor="end">{periods[last]!.period}</text>
        </>
      )}
    </svg>
  );
}
