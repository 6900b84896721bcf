/// Tabs that scroll sideways where they do not fit. Arrow keys move, the shown panel is the only one there.
import { useId, type KeyboardEvent, type ReactNode } from "react";

export interface TabItem {
  key: string;
  label: string;
  children: ReactNode;
}

export function Tabs({ items, value, onChange, label }: { items: TabItem[]; value: string; onChange: (key: string) => void; label: string }) {
  const id = useId();
  const at = Math.max(0, items.findIndex((item) => item.key === value));
  const shown = items[at]!;
  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = items[(at + by + items.length) % items.length]!;
    onChange(next.key);
    document.getElementById(`${id}-${next.key}`)?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label} onKeyDown={onKey}>
        {items.map((item) => (
          <button key={item.key} type="button" role="tab" id={`${id}-${item.key}`} aria-selected={item === shown} aria-controls={`${id}-panel`}
            tabIndex={item === shown ? 0 : -1} onClick={() => onChange(item.key)}>
            {item.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shown.key}`}>{shown.children}</div>
    </>
  );
}
