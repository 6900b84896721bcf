/// The same colours for antd. Contrast fixes: links, tertiary text, descriptions and danger reach 4.5:1.
import { theme as base, type ThemeConfig } from "antd";

const font =
  '"Inter", -apple-system, BlinkMacSystemFont, "Segoe UI", "PingFang SC", "HarmonyOS Sans SC", "Noto Sans SC", ' +
  '"Noto Sans CJK SC", "Microsoft YaHei", sans-serif';

const shared = { borderRadius: 8, borderRadiusLG: 12, fontFamily: font, fontSize: 14, wireframe: false };

const light: ThemeConfig = {
  algorithm: base.defaultAlgorithm,
  token: {
    ...shared,
    colorPrimary: "#0f5a60",
    colorInfo: "#0f5a60",
    colorLink: "#0f5a60",
    colorLinkHover: "#0b4448",
    colorError: "#b3261e",
    colorSuccess: "#22714a",
    colorWarning: "#8a5a00",
    colorTextBase: "#13272a",
    colorText: "#13272a",
    colorTextSecondary: "#43565a",
    colorTextTertiary: "#596b6f",
    colorTextQuaternary: "#6b7b7f",
    colorTextDescription: "#596b6f",
    colorTextPlaceholder: "#66777b",
    colorTextDisabled: "#66777b",
    colorBgLayout: "#f4f5f0",
    colorBorder: "#cbd3cb",
    colorBorderSecondary: "#e2e6de",
    colorSplit: "#e9ece6",
  },
  components: {
    Table: { headerBg: "#f8f9f5", headerColor: "#43565a", headerSplitColor: "transparent", rowHoverBg: "#f3f7f5" },
    Tag: { defaultBg: "#f1f3ee", defaultColor: "#2b4044" },
  },
};

const dark: ThemeConfig = {
  algorithm: base.darkAlgorithm,
  token: {
    ...shared,
    colorPrimary: "#1f7f86",
    colorInfo: "#1f7f86",
    colorLink: "#7acccc",
    colorLinkHover: "#a3dede",
    colorError: "#ff8f86",
    colorSuccess: "#6fcf9a",
    colorWarning: "#e3b75b",
    colorTextBase: "#e7efed",
    colorText: "#e7efed",
    colorTextSecondary: "#b6c5c4",
    colorTextTertiary: "#93a6a6",
    colorTextQuaternary: "#8a9d9d",
    colorTextDescription: "#93a6a6",
    colorTextPlaceholder: "#8a9d9d",
    colorTextDisabled: "#8a9d9d",
    colorBgBase: "#0a1416",
    colorBgLayout: "#0a1416",
    colorBgContainer: "#101e21",
    colorBgElevated: "#15272a",
    colorBorder: "#35505a",
    colorBorderSecondary: "#21353a",
    colorSplit: "#1c2f33",
  },
  components: {
    Table: { headerBg: "#0d191b", headerColor: "#b6c5c4", headerSplitColor: "transparent", rowHoverBg: "#13262a" },
    Tag: { defaultBg: "#1a2d31", defaultColor: "#d5e2e0" },
    Button: { dangerColor: "#2b0f0d" },
    Tabs: { itemSelectedColor: "#7acccc", itemHoverColor: "#a3dede", itemActiveColor: "#a3dede", inkBarColor: "#7acccc" },
    Steps: { colorPrimary: "#1f7f86" },
  },
};

/// Names are hashed off and values live in CSS variables, so a theme switch repaints without new rules.
export function antdTheme(mode: "light" | "dark", still: boolean): ThemeConfig {
  const chosen = mode === "dark" ? dark : light;
  return { ...chosen, hashed: false, cssVar: { key: "koi" }, token: { ...chosen.token, motion: !still } };
}
