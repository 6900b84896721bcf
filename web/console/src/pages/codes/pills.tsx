/// How the state of a code looks, everywhere the same.
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";

const TONE: Record<string, string> = { active: "good", paused: "gold", deleted: "plain" };

export function CodeState({ state, alarms = 0 }: { state: string; alarms?: number }) {
  const { t, tr } = useText();
  return (
    <span className="row">
      <span className={`chip ${TONE[state] ?? "plain"}`}>{tr("code.state.", state)}</span>
      {alarms > 0 && <span className="chip bad" title={t("code.alarms.open", { count: alarms })}><Icon name="alert" size={13} />{alarms}</span>}
    </span>
  );
}
