import { Popover, type PopoverProps } from "antd";
import { useEffect, useRef, useState } from "react";

/// Opens at once, for it was asked for; the button that asked keeps the focus.
export default function OpenedPopover({ children, ...rest }: PopoverProps) {
  const [open, setOpen] = useState(true);
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => place.current?.querySelector("button")?.focus({ preventScroll: true }), []);
  return <span ref={place} style={{ display: "contents" }}><Popover {...rest} trigger="click" open={open} onOpenChange={setOpen}>{children as React.ReactElement}</Popover></span>;
}
