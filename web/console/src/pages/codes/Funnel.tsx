/// From a scan to a repeat order: how many got how far, drawn the same in a list and on a page.
import { useText } from "@/i18n/use";
import type { Sums } from "./door";

const STEPS = ["scans", "visitors", "adds", "accepted", "replied", "grouped", "ordered", "repeated"] as const;
export type FunnelStep = (typeof STEPS)[number];
/// Steps that everybody reads; the rest is for the page.
const SHORT: FunnelStep[] = ["visitors", "adds", "replied", "ordered"];

export interface FunnelLine { step: FunnelStep; people: number; share: number | null; ofFirst: number }

/// Each step with the share of the step before (none after an empty one), and its part of the widest.
export function funnelLines(sums: Sums, steps: readonly FunnelStep[] = STEPS): FunnelLine[] {
  const most = Math.max(1, ...steps.map((step) => sums[step]));
  return steps.map((step, at) => {
    const before = at > 0 ? sums[steps[at - 1]!] : 0;
    return { step, people: sums[step], share: at > 0 && before > 0 ? Math.round((sums[step] / before) * 10_000) : null, ofFirst: sums[step] / most };
  });
}

export function ShortFunnel({ sums }: { sums: Sums }) {
  const { tr, count, exact } = useText();
  return (
    <ol className="code-short">
      {funnelLines(sums, SHORT).map((line) => (
        <li key={line.step} title={`${tr("code.funnel.", line.step)} ${exact(line.people)}`}>
          <i style={{ blockSize: `${Math.max(line.people ? 3 : 0, Math.round(line.ofFirst * 26))}px` }} aria-hidden="true" />
          <b className="num">{count(line.people)}</b><small>{tr("code.funnel.", line.step)}</small>
        </li>
      ))}
    </ol>
  );
}

export function WholeFunnel({ sums }: { sums: Sums }) {
  const { tr, exact, percent } = useText();
  return (
    <ol className="code-funnel">
      {funnelLines(sums).map((line) => (
        <li key={line.step}>
          <span>{tr("code.funnel.", line.step)}</span>
          <span className="code-funnel-bar"><i style={{ inlineSize: `${line.ofFirst * 100}%` }} /></span>
          <b className="num">{exact(line.people)}</b>
          <small className="num dim">{line.share === null ? "" : percent(line.share)}</small>
        </li>
      ))}
    </ol>
  );
}
