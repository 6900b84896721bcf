import { useNavigate } from "@tanstack/react-router";
import type { MenuProps } from "antd";
import { api } from "@shared/client";
import { speak } from "@/i18n";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { LazyMenu } from "@/parts/LazyMenu";
import { Monogram } from "@/parts/people";
import { setMode, useWantedMode, type Mode } from "@/theme/mode";
import { queries } from "./queries";
import { useSession } from "./session";

const modes: { mode: Mode; icon: "sun" | "moon" | "system" }[] = [
  { mode: "light", icon: "sun" },
  { mode: "dark", icon: "moon" },
  { mode: "system", icon: "system" },
];

/// Theme, language and the account: three small menus at the right end of the bar.
export function AccountMenu() {
  const { t, tr, lang } = useText();
  const session = useSession();
  const mode = useWantedMode();
  const go = useNavigate();

  const leave = async () => {
    await api.post("/v1/logout").catch(() => {});
    queries.clear();
    await go({ to: "/login" });
  };

  const themes: MenuProps = {
    items: modes.map((found) => ({ key: found.mode, icon: <Icon name={found.icon} size={16} />, label: tr("theme.", found.mode) })),
    selectedKeys: [mode],
    onClick: ({ key }) => setMode(key as Mode),
  };
  const languages: MenuProps = {
    items: [{ key: "zh-CN", label: t("lang.zh") }, { key: "en", label: t("lang.en") }],
    selectedKeys: [lang],
    onClick: ({ key }) => void speak(key === "en" ? "en" : "zh-CN"),
  };
  const account: MenuProps = {
    items: [
      { key: "account", icon: <Icon name="user" size={16} />, label: t("nav.account") },
      { type: "divider" },
      { key: "leave", icon: <Icon name="door" size={16} />, label: t("do.sign_out") },
    ],
    onClick: ({ key }) => void (key === "leave" ? leave() : go({ to: "/account" })),
  };
  const name = session?.name || session?.login || "";

  return (
    <>
      <LazyMenu items={themes}>
        <button type="button" className="tool" aria-label={t("app.theme")} aria-haspopup="menu">
          <Icon name={modes.find((found) => found.mode === mode)!.icon} />
        </button>
      </LazyMenu>
      <LazyMenu items={languages}>
        <button type="button" className="tool" aria-label={t("app.language")} aria-haspopup="menu">
          <Icon name="globe" />
        </button>
      </LazyMenu>
      <LazyMenu items={account}>
        <button type="button" className="tool" aria-label={t("app.account", { name })} aria-haspopup="menu">
          <Monogram name={name} />
          <span className="who">{name}</span>
        </button>
      </LazyMenu>
    </>
  );
}
