/// How a segment's kind, state and moves look, everywhere the same.
import { useText } from "@/i18n/use";

const MODE_TONE: Record<string, string> = { live: "good", asked: "", fixed: "plain" };
export function ModePill({ mode }: { mode: string }) {
  const { tr } = useText();
  return <span className={`chip ${MODE_TONE[mode] ?? "plain"}`}>{tr("seg.mode.", mode)}</span>;
}

const STATE_TONE: Record<string, string> = { ready: "good", filling: "gold", asked: "plain", archived: "plain" };
export function StatePill({ state }: { state: string }) {
  const { tr } = useText();
  return <span className={`chip ${STATE_TONE[state] ?? "plain"}`}>{tr("seg.state.", state)}</span>;
}

/// Who came and went today; of a segment nobody keeps there is nothing to tell.
export function Moves({ entered, left, mode }: { entered: number | null; left: number | null; mode: string }) {
  const { t, exact } = useText();
  if (mode !== "live" || entered === null || left === null) return <span className="dim">–</span>;
  return (
    <span className="seg-moves num">
      <span className="visually-hidden">{t("seg.moves", { entered: exact(entered), left: exact(left) })}</span>
      <span className={entered ? "in" : "dim"} aria-hidden="true">+{exact(entered)}</span> <span className={left ? "out" : "dim"} aria-hidden="true">−{exact(left)}</span>
    </span>
  );
}
