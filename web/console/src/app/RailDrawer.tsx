import { Drawer } from "antd";
import { useText } from "@/i18n/use";
import { Rail } from "./Rail";

/// The rail on a phone.
export default function RailDrawer({ open, counts, onClose }: { open: boolean; counts: Record<string, number>; onClose: () => void }) {
  const { t } = useText();
  return (
    <Drawer open={open} onClose={onClose} placement="left" size={264} title={t("app.menu")} className="rail-drawer">
      <div className="rail">
        <Rail counts={counts} onGo={onClose} />
      </div>
    </Drawer>
  );
}
