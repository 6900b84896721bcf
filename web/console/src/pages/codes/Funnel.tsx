/// From a scan to a repeat order: how many got how far, drawn the same in a list and on a page.
import { useText } from "@/i18n/use";
import type { Sums } from "./door";

const STEPS = ["scans", "visitors", "adds", "accepted", "replied", "grouped", "ordered", "repeated"] as const;
export type FunnelStep = (typeof STEPS)[number];
/// Steps that everybody reads; the rest is for the page.
const SHORT: FunnelStep[] = ["visitors", "adds", "replied", "ordered"];

export interface FunnelLine { step: FunnelStep; people: number; share: number | null; ofFirst: number }

/// What a step's share is a share of: who came is measured by who looked, all the rest by who came.
const OF: Partial<Record<FunnelStep, FunnelStep>> = { visitors: "scans", adds: "visitors", accepted: "adds", replied: "adds", grouped: "adds", ordered: "adds", repeated: "ordered" };

/// Each step with its share (none of an empty one), and its part of the widest.
export function funnelLines(sums: Sums, steps: readonly FunnelStep[] = STEPS): FunnelLine[] {
  const most = Math.max(1, ...steps.map((step) => sums[step]));
  return steps.map((step) => {
    const whole = OF[step] ? sums[OF[step]] : 0;
    return { step, people: sums[step], share: whole > 0 ? Math.round((sums[step] / whole) * 10_000) : null, ofFirst: sums[step] / most };
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
  const { t, tr, exact, percent } = useText();
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
      <li data-lost="true">
        <span>{t("code.funnel.lost")}</span>
        <span className="code-funnel-bar"><i style={{ inlineSize: `${(sums.lost / Math.max(1, sums.scans, sums.adds)) * 100}%` }} /></span>
        <b className="num">{exact(sums.lost)}</b>
        <small className="num dim">{sums.adds > 0 ? percent(Math.round((sums.lost / sums.adds) * 10_000)) : ""}</small>
      </li>
    </ol>
  );
}
