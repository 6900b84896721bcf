/// One short link: where it leads, for whom, how long, how often.
import { Button, Collapse, Drawer, Input, InputNumber, Select, Switch } from "antd";
import { useState } from "react";
import { useText } from "@/i18n/use";
import { DateField } from "@/parts/Dates";
import { Icon } from "@/parts/Icon";
import { asProblem, Failure } from "@/parts/States";
import { HoursField } from "@/pages/codes/HoursField";
import type { Hours } from "@/pages/codes/spec";
import { changed, fromPicker, toFen, toPicker, toYuan, useDoors, useSaveLink, type Doors, type Link, type LinkSpec, type Target } from "./door";
import { AGENTS, emptyLink, emptyTarget, isMeant, isReady, KINDS, shareOf } from "./links";
import "@/pages/codes/codes.css";
import "./doors.css";

export default function LinkSheet({ link, onClose }: { link?: Link; onClose: () => void }) {
  const { t } = useText();
  const doors = useDoors();
  const save = useSaveLink(link);
  const [spec, setSpec] = useState<LinkSpec>(link?.spec ?? emptyLink());
  const [slug, setSlug] = useState("");
  const put = (change: Partial<LinkSpec>) => setSpec((before) => ({ ...before, ...change }));
  const finish = () => save.mutate({ spec, slug }, { onSuccess: onClose });
  return (
    <Drawer open onClose={onClose} title={link ? t("link.edit") : t("link.new")} size={640} destroyOnHidden
      footer={<div className="row"><Button type="primary" disabled={!isReady(spec)} loading={save.isPending} onClick={finish}>{t(link ? "do.save" : "link.create")}</Button><Button onClick={onClose}>{t("do.cancel")}</Button></div>}>
      <div className="stack">
        {save.error && <Failure problem={asProblem(save.error)} />}
        <div className="code-form">
          <label><span>{t("keys.name")}</span><Input autoFocus value={spec.name} maxLength={60} onChange={(event) => put({ name: event.target.value })} /></label>
          {!link && <label><span>{t("door.slug")}</span><Input prefix="/s/" value={slug} maxLength={32} placeholder={t("door.slug.hint")} onChange={(event) => setSlug(event.target.value.toLowerCase())} /></label>}
          <label><span>{t("code.channel")}</span><Input value={spec.channel} maxLength={60} placeholder={t("code.channel.hint")} onChange={(event) => put({ channel: event.target.value })} /></label>
          <label><span>{t("code.folder")}</span><Input value={spec.folder} maxLength={60} onChange={(event) => put({ folder: event.target.value })} /></label>
        </div>
        <section className="stack tight" aria-label={t("link.targets")}>
          <p className="dim">{t("link.targets")}</p>
          {spec.targets.map((target, at) => (
            <TargetField key={at} target={target} all={spec.targets} doors={doors} onChange={(change) => put({ targets: changed(spec.targets, at, change) })}
              onDrop={spec.targets.length > 1 ? () => put({ targets: spec.targets.filter((_, i) => i !== at) }) : undefined} />
          ))}
          <div><Button size="small" icon={<Icon name="plus" size={14} />} disabled={spec.targets.length >= 20} onClick={() => put({ targets: [...spec.targets, emptyTarget()] })}>{t("link.target.add")}</Button></div>
        </section>
        <div className="code-form">
          <label><span>{t("door.starts")}</span><DateField showTime value={toPicker(spec.starts_at)} onChange={(at) => put({ starts_at: fromPicker(at) })} /></label>
          <label><span>{t("door.ends")}</span><DateField showTime value={toPicker(spec.ends_at)} onChange={(at) => put({ ends_at: fromPicker(at) })} /></label>
          <label><span>{t("link.cap")}</span><InputNumber min={0} precision={0} value={spec.click_cap || null} placeholder={t("code.cap.none")} onChange={(value) => put({ click_cap: value ?? 0 })} /></label>
          <label><span>{t("link.cost")}</span><InputNumber min={0} precision={2} prefix="¥" value={toYuan(spec.cost_total_fen)} onChange={(value) => put({ cost_total_fen: toFen(value) })} /></label>
          <label className="door-switch code-long"><Switch size="small" checked={spec.browser_only} onChange={(browser_only) => put({ browser_only })} /><span>{t("link.browser_only")}</span></label>
          <label className="door-switch code-long"><Switch size="small" checked={spec.carry} onChange={(carry) => put({ carry })} /><span>{t("link.carry")}</span></label>
          <label className="code-long"><span>{t("link.fallback_text")}</span><Input.TextArea value={spec.fallback_text} maxLength={500} autoSize={{ minRows: 2, maxRows: 4 }} placeholder={t("link.fallback.hint")} onChange={(event) => put({ fallback_text: event.target.value })} /></label>
          <label className="code-long"><span>{t("link.fallback_url")}</span><Input value={spec.fallback_url} placeholder="https://" onChange={(event) => put({ fallback_url: event.target.value })} /></label>
        </div>
        <Collapse ghost items={[{ key: "utm", label: t("link.utm"), children: (
          <div className="code-form">
            {(["source", "medium", "campaign", "term", "content"] as const).map((one) => <label key={one}><span>utm_{one}</span><Input value={spec.utm[one]} maxLength={100} onChange={(event) => put({ utm: { ...spec.utm, [one]: event.target.value } })} /></label>)}
          </div>) }]} />
      </div>
    </Drawer>
  );
}

function TargetField({ target, all, doors, onChange, onDrop }: { target: Target; all: Target[]; doors: Doors; onChange: (change: Partial<Target>) => void; onDrop?: () => void }) {
  const { t, tr, percent } = useText();
  const share = shareOf(target, all);
  return (
    <div className="door-target">
      <div className="door-target-line">
        <Select value={target.kind} aria-label={t("link.kind")} onChange={(kind) => onChange({ kind, to: "" })} options={KINDS.map((value) => ({ value, label: tr("link.kind.", value) }))} popupMatchSelectWidth={false} />
        {target.kind === "url" ? <Input value={target.to} aria-label={t("link.to")} placeholder="https://" onChange={(event) => onChange({ to: event.target.value.trim() })} />
          : <Select value={target.to || undefined} aria-label={t("link.to")} placeholder={t("door.pick")} showSearch={{ optionFilterProp: "label" }} options={doors[target.kind]} onChange={(to: string) => onChange({ to })} />}
        {onDrop && <Button type="text" size="small" icon={<Icon name="close" size={15} />} aria-label={t("do.delete")} onClick={onDrop} />}
      </div>
      <div className="row">
        <span className="code-cap">{t("link.weight")}<InputNumber size="small" min={0} max={1000} precision={0} value={target.weight} aria-label={t("link.weight")} onChange={(value) => onChange({ weight: value ?? 0 })} /></span>
        <span className="dim">{share === null ? t("link.meant") : percent(share)}</span>
      </div>
      <Collapse ghost size="small" items={[{ key: "when", label: isMeant(target) ? t("link.when.some") : t("link.when"), children: (
        <div className="stack tight">
          <label className="code-field"><span>{t("link.agents")}</span><Select mode="multiple" value={target.agents} onChange={(agents) => onChange({ agents })} options={AGENTS.map((value) => ({ value, label: tr("link.agent.", value) }))} /></label>
          <label className="code-field"><span>{t("link.regions")}</span><Select mode="tags" open={false} suffix={null} value={target.regions} onChange={(regions) => onChange({ regions })} /></label>
          <div className="code-field"><span>{t("link.hours")}</span><HoursField label={t("link.hours")} value={target.hours as Hours[]} onChange={(hours) => onChange({ hours })} /></div>
        </div>) }]} />
    </div>
  );
}
