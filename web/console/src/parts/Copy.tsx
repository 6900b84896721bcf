import { useEffect, useState } from "react";
import { useText } from "@/i18n/use";
import { Icon } from "./Icon";

/// A text that copies itself when pressed.
export function Copy({ text, label, shown }: { text: string; label?: string; shown?: string }) {
  const { t } = useText();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () => void navigator.clipboard?.writeText(text).then(() => setDone(true));
  return (
    <button type="button" className="copy" onClick={copy} title={t("do.copy")}>
      {label && <span className="dim">{label}</span>}
      <code>{shown ?? text}</code>
      <Icon name={done ? "check" : "copy"} size={14} />
      <span className="visually-hidden" aria-live="polite">{done ? t("state.copied") : t("do.copy")}</span>
    </button>
  );
}
