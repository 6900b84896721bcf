/// From a scan to a member who stayed a week, small for lists.
import { useText } from "@/i18n/use";

const STEPS = ["visitors", "joins", "stayed"] as const;

export function ShortSteps({ sums }: { sums: Record<(typeof STEPS)[number], number> }) {
  const { tr, count, exact } = useText();
  const most = Math.max(1, ...STEPS.map((step) => sums[step]));
  return (
    <ol className="code-short">
      {STEPS.map((step) => (
        <li key={step} title={`${tr("group.funnel.", step)} ${exact(sums[step])}`}>
          <i style={{ blockSize: `${Math.max(sums[step] ? 3 : 0, Math.round((sums[step] / most) * 26))}px` }} aria-hidden="true" />
          <b className="num">{count(sums[step])}</b><small>{tr("group.funnel.", step)}</small>
        </li>
      ))}
    </ol>
  );
}
