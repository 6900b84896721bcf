import { Alert, Button, Modal } from "antd";
import { useText } from "@/i18n/use";
import { Copy } from "./Copy";

/// A secret that is shown this one time.
export function Once({ title, secrets, note, onClose }: {
  title: string;
  secrets: string[] | undefined;
  note: string;
  onClose: () => void;
}) {
  const { t } = useText();
  return (
    <Modal open={!!secrets} title={title} onCancel={onClose} mask={{ closable: false }}
      footer={<Button type="primary" onClick={onClose}>{t("once.kept")}</Button>}>
      <div className="stack">
        <Alert type="warning" showIcon title={t("once.warning")} description={note} />
        <div className="stack tight">{secrets?.map((secret) => <Copy key={secret} text={secret} />)}</div>
      </div>
    </Modal>
  );
}
