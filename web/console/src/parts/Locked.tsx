import { Link } from "@tanstack/react-router";
import { Popover } from "antd";
import type { ReactElement } from "react";
import { useMay, useLocked } from "@/app/session";
import { useText } from "@/i18n/use";

/// A button for whoever may; for whom only the second factor is missing, the same button says so; else nothing.
export function Guarded({ permission, children, fallback }: { permission: string; children: ReactElement; fallback: ReactElement }) {
  const { t } = useText();
  const may = useMay();
  const locked = useLocked();
  if (may(permission)) return children;
  if (!locked(permission)) return null;
  return (
    <Popover trigger="click" title={t("locked.title")} content={<div className="definition"><p>{t("locked.text")}</p><Link to="/account">{t("nav.account")} →</Link></div>}>
      {fallback}
    </Popover>
  );
}
