/// Menus and pop-overs of the frame: fetched when one is first opened, or when a pointer comes near.
import type { MenuProps, PopoverProps } from "antd";
import { cloneElement, lazy, Suspense, useState, type ReactElement } from "react";

interface Trigger { onClick?: () => void; onPointerEnter?: () => void }
const menu = () => import("./OpenedMenu");
const popover = () => import("./OpenedPopover");
const OpenedMenu = lazy(menu);
const OpenedPopover = lazy(popover);

/// A button until it is pressed; from then on the real thing, open.
function useOpened(button: ReactElement<Trigger>, load: () => Promise<unknown>) {
  const [used, setUsed] = useState(false);
  return used ? undefined : cloneElement(button, { onClick: () => setUsed(true), onPointerEnter: () => void load() });
}

export function LazyMenu({ items, children }: { items: MenuProps; children: ReactElement<Trigger> }) {
  const closed = useOpened(children, menu);
  return closed ?? <Suspense fallback={children}><OpenedMenu items={items}>{children}</OpenedMenu></Suspense>;
}

export function LazyPopover({ children, ...rest }: Omit<PopoverProps, "children" | "open"> & { children: ReactElement<Trigger> }) {
  const closed = useOpened(children, popover);
  return closed ?? <Suspense fallback={children}><OpenedPopover {...rest}>{children}</OpenedPopover></Suspense>;
}
