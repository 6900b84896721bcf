/// How the states of a handover and of its items look, everywhere the same.
import { useText } from "@/i18n/use";

const TONE: Record<string, string> = { running: "", paused: "gold", done: "good", planned: "plain", asked: "", waiting: "", moved: "good", refused: "bad", full: "gold", failed: "bad" };

export function HandoverState({ state }: { state: string }) {
  const { tr } = useText();
  return <span className={`chip ${TONE[state] ?? "plain"}`}>{tr("handover.state.", state)}</span>;
}

export function ItemState({ state }: { state: string }) {
  const { tr } = useText();
  return <span className={`chip ${TONE[state] ?? "plain"}`}>{tr("handover.item.", state)}</span>;
}
