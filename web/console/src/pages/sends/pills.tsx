/// How the states of a send, a guide's part and a recipient look, everywhere the same.
import { useText } from "@/i18n/use";

const TONE: Record<string, string> = {
  planning: "", sending: "", sent: "good", done: "good", ready: "gold", planned: "plain", made: "", asked: "", waiting: "", over: "good",
  lost: "bad", full: "gold", failed: "bad", refused: "bad", unsent: "gold", friendless: "plain", unasked: "plain", capped: "gold",
};

export function SendState({ state }: { state: string }) {
  const { tr } = useText();
  return <span className={`chip ${TONE[state] ?? "plain"}`}>{tr("send.state.", state)}</span>;
}
export function RecipientState({ state }: { state: string }) {
  const { tr } = useText();
  return <span className={`chip ${TONE[state] ?? "plain"}`}>{tr("send.recipient.", state)}</span>;
}
export function TaskState({ state, confirmed }: { state: string; confirmed: boolean }) {
  const { tr } = useText();
  const shown = state === "made" && confirmed ? "confirmed" : state;
  return <span className={`chip ${shown === "confirmed" ? "good" : (TONE[shown] ?? "plain")}`}>{tr("send.task.", shown)}</span>;
}
export function MomentState({ state }: { state: string }) {
  const { tr } = useText();
  return <span className={`chip ${TONE[state] ?? "plain"}`}>{tr("moment.state.", state)}</span>;
}
