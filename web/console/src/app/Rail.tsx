import { Link, useRouterState } from "@tanstack/react-router";
import { useText } from "@/i18n/use";
import { Icon, Mark } from "@/parts/Icon";
import { isOn, nav } from "./nav";
import { useMay, useSession } from "./session";

export function Rail({ onGo, counts }: { onGo?: () => void; counts?: Record<string, number> }) {
  const { t, count } = useText();
  const may = useMay();
  const session = useSession();
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <>
      <Link to="/" className="brand" onClick={onGo}>
        <Mark />
        <span>
          Koipond
          <small>{session?.merchant || t("app.tagline")}</small>
        </span>
      </Link>
      <nav aria-label={t("nav.main")}>
        {nav.map((group, index) => {
          const items = group.items.filter((item) => !item.permission || may(item.permission));
          if (items.length === 0) return null;
          return (
            <div key={index}>
              {group.label && <h2>{t(group.label)}</h2>}
              <ul>
                {items.map((item) => (
                  <li key={item.to}>
                    <Link to={item.to} onClick={onGo} title={t(item.label)} aria-current={isOn(item, path) ? "page" : undefined}>
                      <Icon name={item.icon} />
                      <span className="label">{t(item.label)}</span>
                      {!!counts?.[item.to] && <span className="count">{count(counts[item.to])}</span>}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
      </nav>
    </>
  );
}
