import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { App as AntApp, ConfigProvider } from "antd";
import type { Locale } from "antd/es/locale";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { antdTheme } from "@/theme/antd";
import { useShownMode, useStill } from "@/theme/mode";
import { nonce } from "./nonce";
import { queries } from "./queries";
import { router } from "./router";

const locales = { "zh-CN": () => import("antd/es/locale/zh_CN"), en: () => import("antd/es/locale/en_US") };

export function App() {
  const { i18n } = useTranslation();
  const mode = useShownMode();
  const still = useStill();
  const [locale, setLocale] = useState<Locale>();
  const theme = useMemo(() => antdTheme(mode, still), [mode, still]);

  useEffect(() => {
    const lang = i18n.language === "en" ? "en" : "zh-CN";
    void locales[lang]().then((module) => setLocale(module.default));
  }, [i18n.language]);

  return (
    <ConfigProvider theme={theme} locale={locale} csp={nonce ? { nonce } : undefined} button={{ autoInsertSpace: false }}
      wave={{ disabled: still }}>
      <AntApp component={false} message={{ maxCount: 3 }}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}
