/// The date pickers are heavy: they come when a form first shows one.
import { Input, type DatePickerProps } from "antd";
import type { RangePickerProps } from "antd/es/date-picker";
import { lazy, Suspense, type ComponentType } from "react";

const Single = lazy(async () => ({ default: (await import("antd/es/date-picker")).default as ComponentType<DatePickerProps> }));
const Range = lazy(async () => ({ default: (await import("antd/es/date-picker")).default.RangePicker }));

export function DateField(props: DatePickerProps) {
  return <Suspense fallback={<Input disabled />}><Single style={{ width: "100%" }} {...props} /></Suspense>;
}

export function DateRangeField(props: RangePickerProps) {
  return <Suspense fallback={<Input disabled />}><Range style={{ width: "100%" }} {...props} /></Suspense>;
}
