/// Ctrl/⌘-K: pages by name, people by name, pinyin, initials, phone tail or member no.
import "@/theme/palette.css";
import { useNavigate } from "@tanstack/react-router";
import { Modal } from "antd";
import { useDeferredValue, useMemo, useState, type KeyboardEvent } from "react";
import { useText } from "@/i18n/use";
import { Icon, type IconName } from "@/parts/Icon";
import { Monogram } from "@/parts/people";
import { nav } from "./nav";
import { useGet } from "./queries";
import { useMay } from "./session";

interface Entry {
  id: string;
  to: string;
  label: string;
  icon?: IconName;
  side?: string;
}

/// Where the arrow keys lead from `at` in a ring of `n`.
export function step(at: number, by: number, n: number): number {
  return n === 0 ? 0 : (at + by + n) % n;
}

export default function Palette({ onClose }: { onClose: () => void }) {
  const { t, tr } = useText();
  const may = useMay();
  const go = useNavigate();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const asked = useDeferredValue(text.trim());
  const found = useGet("/v1/people", { query: { q: asked, limit: 8 } as never }, { enabled: asked.length > 0 && may("person.read"), staleTime: 5_000 });

  const entries = useMemo<Entry[]>(() => {
    const wanted = text.trim().toLowerCase();
    const pages = [...nav.flatMap((group) => group.items), { to: "/account", label: "nav.account", icon: "user", permission: undefined } as const]
      .filter((item) => !item.permission || may(item.permission))
      .map((item) => ({ id: item.to, to: item.to, label: t(item.label), icon: item.icon }))
      .filter((entry) => !wanted || entry.label.toLowerCase().includes(wanted) || entry.to.includes(wanted));
    const people = asked && found.data ? found.data.data.map((row) => ({
      id: row.id, to: `/customers/${row.id}`, label: row.name || t("person.unnamed"), side: [row.phone, tr("stage.", row.stage)].filter(Boolean).join(" · ") })) : [];
    return wanted ? [...people, ...pages] : pages;
  }, [text, asked, found.data]);
  const chosen = Math.min(at, Math.max(0, entries.length - 1));

  const open = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    void go({ href: entry.to });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setAt(step(chosen, event.key === "ArrowDown" ? 1 : -1, entries.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      open(entries[chosen]);
    }
  };

  return (
    <Modal open onCancel={onClose} footer={null} closable={false} width={600} className="palette" style={{ top: "12vh" }}
      title={<span className="visually-hidden">{t("palette.title")}</span>}>
      <input autoFocus value={text} placeholder={t("palette.hint")} role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list"
        aria-label={t("palette.hint")} aria-activedescendant={entries.length ? `palette-${chosen}` : undefined}
        onChange={(event) => { setText(event.target.value); setAt(0); }} onKeyDown={onKey} />
      {entries.length > 0 ? (
        <ul id="palette-list" role="listbox" aria-label={t("palette.title")}>
          {entries.map((entry, index) => (
            <li key={entry.id} id={`palette-${index}`} role="option" aria-selected={index === chosen} onMouseMove={() => setAt(index)} onClick={() => open(entry)}>
              {entry.icon ? <Icon name={entry.icon} /> : <Monogram name={entry.label} size={26} />}
              <span>{entry.label}</span>
              {entry.side && <span className="dim num">{entry.side}</span>}
            </li>
          ))}
        </ul>
      ) : (
        <p id="palette-list" role="status">{found.isFetching ? t("state.loading") : t("palette.none")}</p>
      )}
      <footer aria-hidden="true"><span><kbd>↑</kbd> <kbd>↓</kbd></span><span><kbd>Enter</kbd></span><span><kbd>Esc</kbd></span></footer>
    </Modal>
  );
}
