import { Dropdown, type MenuProps } from "antd";
import { useState, type ReactElement } from "react";

/// Opens at once, for it was asked for; the keyboard goes into the menu and comes back with Escape.
export default function OpenedMenu({ items, children }: { items: MenuProps; children: ReactElement }) {
  const [open, setOpen] = useState(true);
  return <Dropdown menu={items} trigger={["click"]} placement="bottomRight" open={open} onOpenChange={setOpen} autoFocus>{children}</Dropdown>;
}
