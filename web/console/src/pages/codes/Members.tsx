/// Who is assigned: chosen from the roster, each with a weight, caps and hours of their own.
import { Button, Collapse, InputNumber, Select } from "antd";
import { DateField, DateRangeField } from "@/parts/Dates";
import dayjs from "dayjs";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { HoursField } from "./HoursField";
import { memberKey, weekHours, withChosen, type Member, type Schedule } from "./spec";
import type { WhoIsWho } from "./staff";

export function Members({ value, onChange, who, weighted, label }: { value: Member[]; onChange: (next: Member[]) => void; who: WhoIsWho; weighted: boolean; label: string }) {
  const { t } = useText();
  const unitIds = new Set(who.units.map((unit) => unit.value));
  const choose = (keys: string[]) => onChange(withChosen(value, keys.map((key) => (unitIds.has(key) ? { unit: key } : { staff: key }))));
  const put = (at: number, change: Partial<Member>) => onChange(value.map((member, i) => (i === at ? { ...member, ...change } : member)));
  return (
    <div className="stack tight">
      <Select mode="multiple" className="wide" aria-label={label} placeholder={t("code.members.pick")} value={value.map(memberKey)} onChange={choose} loading={!who.ready}
        showSearch={{ optionFilterProp: "search" }} maxTagCount="responsive"
        options={[
          { label: t("code.members.people"), options: who.people.filter((one) => one.active).map((one) => ({ value: one.value, label: one.place ? `${one.label} · ${one.place}` : one.label, search: `${one.label} ${one.place}` })) },
          { label: t("code.members.units"), options: who.units.map((unit) => ({ value: unit.value, label: t("code.members.unit", { name: unit.label, staff: unit.staff }), search: unit.label })) },
        ]} />
      <ul className="code-members">
        {value.map((member, at) => <MemberRow key={memberKey(member)} member={member} who={who} weighted={weighted} put={(change) => put(at, change)} drop={() => onChange(value.filter((_, i) => i !== at))} />)}
      </ul>
    </div>
  );
}

function MemberRow({ member, who, weighted, put, drop }: { member: Member; who: WhoIsWho; weighted: boolean; put: (change: Partial<Member>) => void; drop: () => void }) {
  const { t, tr } = useText();
  const name = who.nameOf(memberKey(member));
  const cap = (key: "daily_cap" | "lifetime_cap" | "round_cap") => (
    <label className="code-cap"><span>{tr("code.cap.", key)}</span>
      <InputNumber size="small" min={1} max={100000} value={member[key] || null} placeholder={t("code.cap.none")} onChange={(next) => put({ [key]: next ?? 0 })} /></label>
  );
  const hours = weekHours(member.schedule.week);
  return (
    <li>
      <div className="code-member-line">
        <b>{name}{member.unit && <small className="dim">{t("code.members.whole")}</small>}</b>
        {weighted && <label className="code-cap"><span>{t("code.weight")}</span><InputNumber size="small" min={1} max={1000} value={member.weight} onChange={(next) => put({ weight: next ?? 1 })} /></label>}
        {cap("daily_cap")}
        {cap("lifetime_cap")}
        <Button type="text" size="small" icon={<Icon name="close" size={15} />} aria-label={t("code.members.drop", { name })} onClick={drop} />
      </div>
      <Collapse ghost size="small" items={[{ key: "hours", label: t("code.schedule", { hours: Math.round(hours * 10) / 10 }), children: <ScheduleField value={member.schedule} onChange={(schedule) => put({ schedule })} more={cap("round_cap")} /> }]} />
    </li>
  );
}

function ScheduleField({ value, onChange, more }: { value: Schedule; onChange: (next: Schedule) => void; more: React.ReactNode }) {
  const { t } = useText();
  return (
    <div className="stack tight">
      <HoursField value={value.week} onChange={(week) => onChange({ ...value, week })} label={t("code.schedule.week")} />
      <div className="row">
        <label className="code-cap"><span>{t("code.schedule.holidays")}</span>
          <DateField size="small" multiple maxTagCount={2} value={value.holidays.map((day) => dayjs(day)) as never} onChange={(days) => onChange({ ...value, holidays: ([] as dayjs.Dayjs[]).concat(days as never).map((day) => day.format("YYYY-MM-DD")) })} /></label>
        {more}
      </div>
      <div className="code-vacations">
        {value.vacations.map((vacation, at) => (
          <div key={at} className="row">
            <DateRangeField size="small" allowClear={false} value={[dayjs(vacation.from), dayjs(vacation.to)]} aria-label={t("code.schedule.vacation")}
              onChange={(days) => days && onChange({ ...value, vacations: value.vacations.map((one, i) => (i === at ? { from: days[0]!.format("YYYY-MM-DD"), to: days[1]!.format("YYYY-MM-DD") } : one)) })} />
            <Button type="text" size="small" icon={<Icon name="close" size={15} />} aria-label={t("do.delete")} onClick={() => onChange({ ...value, vacations: value.vacations.filter((_, i) => i !== at) })} />
          </div>
        ))}
        <Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => onChange({ ...value, vacations: [...value.vacations, { from: dayjs().format("YYYY-MM-DD"), to: dayjs().add(7, "day").format("YYYY-MM-DD") }] })}>{t("code.schedule.vacation.add")}</Button>
      </div>
    </div>
  );
}
