import type { ReactNode } from "react";
import { useText } from "@/i18n/use";
import { Icon } from "./Icon";
import { LazyPopover } from "./LazyMenu";

/// The small "i" beside a number: what it means, how it is made.
export function Define({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useText();
  return (
    <LazyPopover title={title} content={<div className="definition">{children}</div>}>
      <button type="button" className="define" aria-label={t("app.definition", { name: title })}>
        <Icon name="info" size={15} />
      </button>
    </LazyPopover>
  );
}
