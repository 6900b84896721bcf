/// What stands around every page: rail, top bar, palette, tray of running imports.
import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { AccountMenu } from "./AccountMenu";
import { nav } from "./nav";
import { Rail } from "./Rail";
import { useCounts } from "./counts";
import { useSession } from "./session";
import { useShortcuts } from "./shortcuts";
import { Tray } from "./Tray";

const Palette = lazy(() => import("./Palette"));
const RailDrawer = lazy(() => import("./RailDrawer"));

const online = (listener: () => void) => {
  addEventListener("online", listener);
  addEventListener("offline", listener);
  return () => {
    removeEventListener("online", listener);
    removeEventListener("offline", listener);
  };
};

export function Frame() {
  const { t, tr } = useText();
  const session = useSession();
  const go = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLElement>(null);
  const [narrow, setNarrow] = useState(() => localStorage.getItem("koi.rail") === "narrow");
  const [drawer, setDrawer] = useState<boolean>(); // undefined: never opened, and not fetched
  const [palette, setPalette] = useState(false);
  const connected = useSyncExternalStore(online, () => navigator.onLine);
  const counts = useCounts();

  useShortcuts({
    onPalette: () => setPalette(true),
    onGo: (letter) => {
      const item = nav.flatMap((group) => group.items).find((found) => found.letter === letter);
      if (item) void go({ to: item.to });
    },
  });
  useEffect(() => setDrawer((was) => was && false), [path]);

  const fold = () => {
    localStorage.setItem("koi.rail", narrow ? "wide" : "narrow");
    setNarrow(!narrow);
  };

  return (
    <div className="frame" data-narrow={narrow}>
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>
        {t("app.skip")}
      </a>
      <aside className="rail" aria-label={t("app.rail")}>
        <Rail counts={counts} />
        <button type="button" className="fold" onClick={fold} aria-expanded={!narrow}>
          <Icon name={narrow ? "menu" : "fold"} />
          <span className={narrow ? "visually-hidden" : "label"}>{t(narrow ? "app.unfold" : "app.fold")}</span>
        </button>
      </aside>
      <div>
        <header className="topbar">
          <button type="button" className="tool menu-button" aria-label={t("app.menu")} onClick={() => setDrawer(true)}>
            <Icon name="menu" />
          </button>
          <button type="button" className="seek" onClick={() => setPalette(true)} aria-haspopup="dialog">
            <Icon name="search" size={16} />
            <span>{t("palette.hint")}</span>
            <kbd>{navigator.platform.startsWith("Mac") ? "⌘ K" : "Ctrl K"}</kbd>
          </button>
          <Tray />
          <AccountMenu />
        </header>
        {!connected && <div className="offline" role="status">{t("state.offline")}</div>}
        {session && session.reach !== "all" && (
          <div className="scope-strip">{t("app.scope", { reach: tr("reach.", session.reach) })}</div>
        )}
        <main id="main" ref={main} tabIndex={-1}>
          <Suspense fallback={null}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      {drawer !== undefined && (
        <Suspense fallback={null}>
          <RailDrawer open={drawer} counts={counts} onClose={() => setDrawer(false)} />
        </Suspense>
      )}
      {palette && (
        <Suspense fallback={null}>
          <Palette onClose={() => setPalette(false)} />
        </Suspense>
      )}
    </div>
  );
}
