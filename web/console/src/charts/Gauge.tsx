import { arc } from "./shapes";

const FROM = -0.36;
const TO = 0.36;

/// An open ring filled to `share` (0–1); text in the middle.
export function Gauge({ share, text, label, tone = "var(--water)", size = 168 }: {
  share: number | null;
  text: string;
  label: string;
  tone?: string;
  size?: number;
}) {
  const filled = Math.min(1, Math.max(0, share ?? 0));
  const end = FROM + (TO - FROM) * filled;
  const tip = { x: 84 + 68 * Math.sin(end * 2 * Math.PI), y: 88 - 68 * Math.cos(end * 2 * Math.PI) };
  return (
    <svg width={size} height={size * 0.86} viewBox="0 0 168 144" role="img" aria-label={`${label} ${text}`}>
      <path d={arc(84, 88, 68, FROM, TO)} fill="none" stroke="var(--line)" strokeWidth="9" strokeLinecap="round" />
      {filled > 0 && <path d={arc(84, 88, 68, FROM, end)} fill="none" stroke={tone} strokeWidth="9" strokeLinecap="round" />}
      {[0.25, 0.5, 0.75].map((mark) => {
        const turn = FROM + (TO - FROM) * mark;
        return <path key={mark} d={arc(84, 88, 56, turn - 0.002, turn + 0.002)} stroke="var(--line-strong)" strokeWidth="5" />;
      })}
      {share !== null && <circle cx={tip.x} cy={tip.y} r="3" fill="var(--surface)" />}
      <text x="84" y="98" textAnchor="middle" fontSize={text.length > 7 ? 25 : 30} fontWeight="640" fill="var(--ink)">{text}</text>
    </svg>
  );
}
