/// How the state of a code looks, everywhere the same.
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";

const TONE: Record<string, string> = { active: "good", paused: "gold", deleted: "plain" };

/// In a list only what is not as usual is said (`quiet`).
export function CodeState({ state, alarms = 0, quiet = false }: { state: string; alarms?: number; quiet?: boolean }) {
  const { t, tr } = useText();
  if (quiet && state === "active" && alarms === 0) return null;
  return (
    <span className="row">
      {!(quiet && state === "active") && <span className={`chip ${TONE[state] ?? "plain"}`}>{tr("code.state.", state)}</span>}
      {alarms > 0 && <span className="chip bad" title={t("code.alarms.open", { count: alarms })}><Icon name="alert" size={13} />{alarms}</span>}
    </span>
  );
}
