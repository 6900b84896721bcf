import { useText } from "@/i18n/use";
import { useNumbers } from "./numbers";

/// More of these is worse.
const LESS_IS_BETTER = new Set(["ownership.weekly_loss", "ownership.weekly_loss_rate", "ownership.staff_gini"]);

export interface Moved { way: "up" | "down" | "same"; good: boolean; by: number; points: boolean }

/// How a figure moved: shares by points, everything else by its share of what it was; nothing without a base.
export function moved(figure: { metric: string; value: number | null; unit: string }, before: number | undefined): Moved | undefined {
  if (figure.value === null || before === undefined) return undefined;
  const points = figure.unit === "share";
  if (!points && before === 0) return undefined;
  const by = points ? figure.value - before : (figure.value - before) / Math.abs(before);
  const way = Math.abs(by) < 0.0005 ? "same" : by > 0 ? "up" : "down";
  return { way, good: (way === "up") !== LESS_IS_BETTER.has(figure.metric), by: Math.abs(by), points };
}

/// Beside a figure: how it stands against the same figure some weeks ago.
export function Change({ figure, before }: { figure: { metric: string; value: number | null; unit: string }; before: { days: number; figures: Record<string, number> } }) {
  const { t } = useText();
  const numbers = useNumbers();
  const was = before.figures[figure.metric];
  const change = moved(figure, was);
  if (!change) return null;
  const weeks = Math.round(before.days / 7);
  const said = t("home.change.label", { weeks, was: numbers.say({ value: was ?? null, unit: figure.unit }) });
  if (change.way === "same") return <small className="change" title={said}>{t("home.change.same")}</small>;
  const size = change.points ? t("home.points", { points: (change.by * 100).toFixed(1) }) : numbers.share(change.by);
  return (
    <small className={change.good ? "change good num" : "change bad num"} title={said}>
      <span aria-hidden="true">{change.way === "up" ? "▲" : "▼"}</span><span className="visually-hidden">{t(change.way === "up" ? "home.change.up" : "home.change.down")}</span> {size}
    </small>
  );
}
