import { useEffect, useRef } from "react";

/// Whether a key press belongs to a field.
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/// Ctrl/⌘-K opens the palette anywhere; "/" and "g" + letter work outside fields.
export function useShortcuts(actions: { onPalette: () => void; onGo: (letter: string) => void }): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    let going = 0;
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        latest.current.onPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === "/") {
        event.preventDefault();
        latest.current.onPalette();
      } else if (Date.now() - going < 1000) {
        going = 0;
        latest.current.onGo(event.key.toLowerCase());
      } else if (event.key === "g") {
        going = Date.now();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
