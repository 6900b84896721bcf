/// What is written here and wanted at the platform, rules and products alike: how it stands there, and what can be asked of it.
import { Button } from "antd";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";

export interface Wanted { id: string; state: string; error: string; detail: string }

const TONE: Record<string, string> = { well: "good", making: "violet", unknown: "gold", refused: "bad", gone: "bad", leaving: "plain" };

/// Its last call was refused, the one that takes it away too.
export const refused = (one: Wanted) => one.error !== "" && one.state !== "gone";
/// Its state needs a sentence beside its name, though nothing was refused.
export const explained = (one: Wanted) => ["unknown", "gone"].includes(one.state);

export function Standing({ state, name, why }: { state: string; name: string; why: string }) {
  return <span className="contact-state"><span className={`chip ${TONE[state] ?? "plain"}`}>{name}</span>{why && <small>{why}</small>}</span>;
}

interface Ask { isPending: boolean; variables?: string; mutate: (id: string) => void }

/// `again`: what trying once more is called when it is gone.
export function WantedTools({ one, retry, again, change, remove }: { one: Wanted; retry: Ask; again: string; change: { label: string; act: () => void }; remove: { label: string; act: () => void } }) {
  const { t } = useText();
  const tool = (icon: "edit" | "close", { label, act }: { label: string; act: () => void }) => one.state !== "leaving" && <Button size="small" type="text" icon={<Icon name={icon} size={15} />} aria-label={label} onClick={act} />;
  return (
    <span className="row">
      {one.error !== "" && <Button size="small" loading={retry.isPending && retry.variables === one.id} onClick={() => retry.mutate(one.id)}>{one.state === "gone" ? again : t("do.retry")}</Button>}
      {tool("edit", change)}
      {tool("close", remove)}
    </span>
  );
}
