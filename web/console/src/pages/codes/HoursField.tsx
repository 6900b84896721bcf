/// Hours of weekdays: lines of days and slots; no line means always.
import { Button, Select } from "antd";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { isSlot, weekHours, type Hours } from "./spec";

const DAYS = [1, 2, 3, 4, 5, 6, 7];

export function HoursField({ value, onChange, label }: { value: Hours[]; onChange: (next: Hours[]) => void; label: string }) {
  const { t } = useText();
  const put = (at: number, change: Partial<Hours>) => onChange(value.map((hours, i) => (i === at ? { ...hours, ...change } : hours)));
  return (
    <div className="code-hours" role="group" aria-label={label}>
      {value.map((hours, at) => (
        <div key={at} className="code-hours-line">
          <OneHours value={hours} onChange={(next) => put(at, next)} />
          <Button type="text" size="small" icon={<Icon name="close" size={15} />} aria-label={t("do.delete")} onClick={() => onChange(value.filter((_, i) => i !== at))} />
        </div>
      ))}
      <div className="row">
        <Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => onChange([...value, { days: value.length ? [6, 7] : [1, 2, 3, 4, 5], slots: ["09:00-21:00"] }])}>{t("code.hours.add")}</Button>
        <span className="dim">{value.length ? t("code.hours.sum", { hours: Math.round(weekHours(value) * 10) / 10 }) : t("code.hours.always")}</span>
      </div>
    </div>
  );
}

export function OneHours({ value, onChange }: { value: Hours; onChange: (next: Hours) => void }) {
  const { t, tr } = useText();
  const flip = (day: number) => onChange({ ...value, days: value.days.includes(day) ? value.days.filter((one) => one !== day) : [...value.days, day].sort() });
  return (
    <>
      <div className="code-days" role="group" aria-label={t("code.hours.days")}>
        {DAYS.map((day) => <button key={day} type="button" aria-pressed={value.days.includes(day)} onClick={() => flip(day)}>{tr("code.day.", String(day))}</button>)}
      </div>
      <Select mode="tags" open={false} suffix={null} className="code-slots" aria-label={t("code.hours.slots")} placeholder={t("code.hours.all_day")} tokenSeparators={[",", " ", "，", "、"]}
        value={value.slots} status={value.slots.every(isSlot) ? undefined : "error"} onChange={(slots: string[]) => onChange({ ...value, slots })} />
    </>
  );
}
