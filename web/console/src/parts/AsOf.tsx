import { useText } from "@/i18n/use";
import { Icon } from "./Icon";

/// When a number was true.
export function AsOf({ at, refresh }: { at: string | null | undefined; refresh?: () => void }) {
  const { t, dateTime } = useText();
  if (!at) return null;
  return (
    <span className="as-of">
      <Icon name="clock" size={14} />
      <time dateTime={at}>{t("app.as_of", { at: dateTime(at) })}</time>
      {refresh && (
        <button type="button" className="define" onClick={refresh} aria-label={t("do.refresh")}>
          <Icon name="refresh" size={14} />
        </button>
      )}
    </span>
  );
}
