/// Everybody who serves through live codes, on one page.
import { Page } from "@/parts/Page";
import { useText } from "@/i18n/use";
import { LoadTable } from "./LoadTable";
import "./codes.css";

export default function Load() {
  const { t } = useText();
  return <Page title={t("code.load")} lead={t("code.load.lead")}><LoadTable /></Page>;
}
