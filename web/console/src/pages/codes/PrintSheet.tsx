/// Codes for the printer: a PDF to cut, or a ZIP of pictures.
import { Button, Checkbox, Drawer } from "antd";
import { useText } from "@/i18n/use";
import type { CodeRow } from "./door";
import { printUrl } from "./print";

export default function PrintSheet({ codes, chosen, onChoose, onClose }: { codes: CodeRow[]; chosen: string[]; onChoose: (ids: string[]) => void; onClose: () => void }) {
  const { t } = useText();
  const all = chosen.length === codes.length;
  return (
    <Drawer open onClose={onClose} title={t("code.print")} size={420} destroyOnHidden
      footer={<div className="row"><Button type="primary" disabled={chosen.length === 0} href={printUrl(chosen, "pdf")}>{t("code.print.pdf")}</Button><Button disabled={chosen.length === 0} href={printUrl(chosen, "zip")}>{t("code.print.zip")}</Button></div>}>
      <div className="stack">
        <p className="dim">{t("code.print.note")}</p>
        <Checkbox checked={all} indeterminate={chosen.length > 0 && !all} onChange={() => onChoose(all ? [] : codes.map((code) => code.id))}>{t("code.print.all", { count: codes.length })}</Checkbox>
        <Checkbox.Group className="code-print" value={chosen} onChange={(ids) => onChoose(ids as string[])} options={codes.map((code) => ({ value: code.id, label: code.name }))} />
      </div>
    </Drawer>
  );
}
