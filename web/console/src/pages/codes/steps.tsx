/// The designer's first steps: what the code is called and costs, whom it brings people to, what answers when nobody can.
import { AutoComplete, Button, Input, InputNumber, Radio, Select, Switch } from "antd";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { HoursField } from "./HoursField";
import { Members } from "./Members";
import { ACCEPTS, KINDS, MODES, RULES, type Spec } from "./spec";
import type { WhoIsWho } from "./staff";

export interface StepProps { spec: Spec; put: (change: Partial<Spec>) => void }

const yuan = (fen: number) => (fen ? fen / 100 : null);
const fen = (value: number | null) => Math.round((value ?? 0) * 100);

export function Basics({ spec, put, folders, channels, fresh }: StepProps & { folders: string[]; channels: string[]; fresh: boolean }) {
  const { t, tr } = useText();
  const options = (names: string[]) => names.map((name) => ({ value: name }));
  return (
    <Card title={t("code.step.basics")}>
      <div className="code-form">
        <label><span>{t("keys.name")}</span><Input autoFocus={fresh} value={spec.name} maxLength={80} placeholder={t("code.name.hint")} onChange={(event) => put({ name: event.target.value })} /></label>
        <label><span>{t("code.channel")}</span><AutoComplete value={spec.channel} options={options(channels)} maxLength={40} placeholder={t("code.channel.hint")} onChange={(channel: string) => put({ channel })} showSearch={{ filterOption: true }} /></label>
        <label><span>{t("code.folder")}</span><AutoComplete value={spec.folder} options={options(folders)} maxLength={40} placeholder={t("code.folder.hint")} onChange={(folder: string) => put({ folder })} showSearch={{ filterOption: true }} /></label>
        <div className="code-field"><span>{t("code.kind")}</span>
          <Radio.Group value={spec.kind} onChange={(event) => put({ kind: event.target.value as Spec["kind"], assign: event.target.value === "store" ? "nearest" : "round_robin" })} className="code-choices">
            {KINDS.map((kind) => <Radio key={kind} value={kind}><b>{tr("code.kind.", kind)}</b><small>{tr("code.kind.text.", kind)}</small></Radio>)}
          </Radio.Group></div>
        <div className="code-field"><span>{t("code.mode")}</span>
          <Radio.Group value={spec.mode} disabled={spec.kind === "store"} onChange={(event) => put({ mode: event.target.value as Spec["mode"] })} className="code-choices">
            {MODES.map((mode) => <Radio key={mode} value={mode}><b>{tr("code.mode.", mode)}</b><small>{tr("code.mode.text.", mode)}</small></Radio>)}
          </Radio.Group></div>
        <label><span>{t("code.cost_day")}</span><InputNumber min={0} precision={2} prefix="¥" value={yuan(spec.cost_day_fen)} onChange={(value) => put({ cost_day_fen: fen(value) })} /></label>
        <label><span>{t("code.cost_total")}</span><InputNumber min={0} precision={2} prefix="¥" value={yuan(spec.cost_total_fen)} onChange={(value) => put({ cost_total_fen: fen(value) })} /></label>
        <label className="code-long"><span>{t("code.note")}</span><Input.TextArea value={spec.note} maxLength={500} autoSize={{ minRows: 2, maxRows: 6 }} onChange={(event) => put({ note: event.target.value })} /></label>
      </div>
    </Card>
  );
}

export function PeopleStep({ spec, put, who }: StepProps & { who: WhoIsWho }) {
  const { t, tr } = useText();
  return (
    <>
      {spec.kind === "staff" ? (
        <Card title={t("code.members")} note={t("code.members.note")}>
          <Members label={t("code.members")} value={spec.members} onChange={(members) => put({ members })} who={who} weighted={spec.assign === "weighted"} />
        </Card>
      ) : <Stores spec={spec} put={put} who={who} />}
      <Card title={t("code.assign")}>
        <div className="stack tight">
          <Radio.Group value={spec.assign} onChange={(event) => put({ assign: event.target.value as Spec["assign"] })} className="code-choices">
            {RULES.filter((rule) => rule !== "nearest" || spec.kind === "store").map((rule) => <Radio key={rule} value={rule}><b>{tr("code.assign.", rule)}</b><small>{tr("code.assign.text.", rule)}</small></Radio>)}
          </Radio.Group>
          <label className="row"><Switch size="small" checked={spec.sticky_owner} onChange={(sticky_owner) => put({ sticky_owner })} />{t("code.sticky")}</label>
          <label className="row"><Switch size="small" checked={spec.exclusive} onChange={(exclusive) => put({ exclusive })} />{t("code.exclusive")}</label>
          <label className="row"><Switch size="small" checked={spec.acquisition} onChange={(acquisition) => put({ acquisition })} />{t("code.acquisition")}</label>
          {spec.acquisition && <small className="dim">{t("code.acquisition.note")}</small>}
        </div>
      </Card>
      <Card title={t("code.limits")} note={t("code.limits.note")}>
        <div className="code-form">
          <label><span>{t("code.daily_cap.code")}</span><InputNumber min={1} value={spec.daily_cap || null} placeholder={t("code.cap.none")} onChange={(value) => put({ daily_cap: value ?? 0 })} /></label>
          <label><span>{t("code.lifetime_cap.code")}</span><InputNumber min={1} value={spec.lifetime_cap || null} placeholder={t("code.cap.none")} onChange={(value) => put({ lifetime_cap: value ?? 0 })} /></label>
          <label><span>{t("code.hold")}</span><InputNumber min={1} max={1440} value={spec.hold_minutes} suffix={t("code.minutes")} onChange={(value) => put({ hold_minutes: value ?? 30 })} /></label>
          <label><span>{t("code.alarm_after")}</span><InputNumber min={1} value={spec.alarm_after_scans || null} placeholder={t("code.alarm.never")} onChange={(value) => put({ alarm_after_scans: value ?? 0 })} /></label>
          <div className="code-field"><span>{t("code.accept")}</span>
            <Radio.Group value={spec.accept} onChange={(event) => put({ accept: event.target.value as Spec["accept"] })}>
              {ACCEPTS.map((rule) => <Radio key={rule} value={rule}>{tr("code.accept.", rule)}</Radio>)}
            </Radio.Group>
            {spec.accept === "hours" && <HoursField label={t("code.accept")} value={spec.accept_hours} onChange={(accept_hours) => put({ accept_hours })} />}
          </div>
        </div>
      </Card>
    </>
  );
}

function Stores({ spec, put, who }: StepProps & { who: WhoIsWho }) {
  const { t } = useText();
  const chosen = spec.stores.map((store) => store.unit);
  const choose = (units: string[]) => put({ stores: units.map((unit) => spec.stores.find((store) => store.unit === unit) ?? { unit, members: [] }) });
  return (
    <Card title={t("code.stores")} note={t("code.stores.note")} actions={<Button size="small" onClick={() => choose(who.stores.map((store) => store.value))}>{t("code.stores.all", { count: who.stores.length })}</Button>}>
      <div className="code-form">
        <label className="code-long"><span>{t("code.stores")}</span>
          <Select mode="multiple" value={chosen} onChange={choose} showSearch={{ optionFilterProp: "label" }} maxTagCount={8} options={who.stores.map((store) => ({ value: store.value, label: store.label }))} placeholder={t("code.stores.pick")} /></label>
        <label><span>{t("code.radius")}</span><InputNumber min={0} max={500} value={spec.radius_km || null} suffix="km" placeholder={t("code.radius.any")} onChange={(value) => put({ radius_km: value ?? 0 })} /></label>
        <label><span>{t("code.out_of_range")}</span><Input value={spec.out_of_range} maxLength={200} placeholder={t("code.out_of_range.hint")} onChange={(event) => put({ out_of_range: event.target.value })} /></label>
      </div>
    </Card>
  );
}

export function AnswerStep({ spec, put, who }: StepProps & { who: WhoIsWho }) {
  const { t } = useText();
  const putFallback = (change: Partial<Spec["fallback"]>) => put({ fallback: { ...spec.fallback, ...change } });
  const putLevel = (at: number, members: Spec["members"]) => put({ backup: spec.backup.map((level, i) => (i === at ? { members } : level)) });
  return (
    <>
      <Card title={t("code.backup")} note={t("code.backup.note")}>
        <div className="stack">
          {spec.backup.map((level, at) => (
            <section key={at} className="code-slot" aria-label={t("code.backup.level", { n: at + 1 })}>
              <div className="row between"><b>{t("code.backup.level", { n: at + 1 })}</b>
                <Button type="text" size="small" icon={<Icon name="close" size={15} />} aria-label={t("do.delete")} onClick={() => put({ backup: spec.backup.filter((_, i) => i !== at) })} /></div>
              <Members label={t("code.backup.level", { n: at + 1 })} value={level.members} onChange={(members) => putLevel(at, members)} who={who} weighted={false} />
            </section>
          ))}
          <div><Button icon={<Icon name="plus" size={15} />} onClick={() => put({ backup: [...spec.backup, { members: [] }] })}>{t("code.backup.add")}</Button></div>
        </div>
      </Card>
      <Card title={t("code.fallback")} note={t("code.fallback.note")}>
        <div className="code-form">
          <label><span>{t("code.fallback.group")}</span><Input value={spec.fallback.group_url} placeholder="https://" onChange={(event) => putFallback({ group_url: event.target.value })} /></label>
          <label><span>{t("code.fallback.form")}</span><Input value={spec.fallback.form_url} placeholder="https://" onChange={(event) => putFallback({ form_url: event.target.value })} /></label>
          <label><span>{t("code.fallback.phone")}</span><Input value={spec.fallback.phone} maxLength={30} onChange={(event) => putFallback({ phone: event.target.value })} /></label>
          <label className="code-long"><span>{t("code.fallback.text")}</span><Input.TextArea value={spec.fallback.text} maxLength={300} autoSize={{ minRows: 2, maxRows: 4 }} placeholder={t("code.fallback.hint")} onChange={(event) => putFallback({ text: event.target.value })} /></label>
        </div>
      </Card>
    </>
  );
}
