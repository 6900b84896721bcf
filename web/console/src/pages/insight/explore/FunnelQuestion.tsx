/// The steps of a funnel and what stands around them.
import { Button, Segmented, Select } from "antd";
import type { Problem } from "@shared/client";
import type { Params } from "@/app/search";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { complaint } from "./ask";
import { ByField, DaysField, EventPick, EventWhere, Field, LengthField, Suggest } from "./fields";
import type { FunnelSpec } from "./specs";
import { USUAL } from "./specs";
import { joinStep, listParams, moved, neverText, splitStep, type NeverText } from "./steps";

const STEPS_MAX = 10, STEPS_MIN = 2, NEVER_MAX = 5;

export function FunnelQuestion({ spec, params, error, onChange }: { spec: FunnelSpec; params: Params; error: Problem | null; onChange: (change: Params) => void }) {
  const { t, tr } = useText();
  const steps = spec.steps;
  const first = splitStep(steps[0] ?? "").event;
  return (
    <div className="stack">
      <div className="ask-two">
        <Steps steps={steps} error={error} onChange={(next) => onChange(listParams("step", next))} />
        <Never never={(spec.never ?? []) as NeverText[]} steps={steps.length} error={error} onChange={(next) => onChange(listParams("not", next.map(neverText)))} />
      </div>
      <div className="ask">
        <Field label={t("explore.days")} error={complaint(error, "/from")}>{(id) => <DaysField id={id} params={params} usual={USUAL.days} onChange={onChange} />}</Field>
        <Field label={t("funnel.window")} error={complaint(error, "/window")}>{(id) => <LengthField id={id} label={t("funnel.window")} value={spec.window} onChange={(window) => onChange({ window })} />}</Field>
        <Field label={t("explore.by")} error={complaint(error, "/by")}>{(id) => <ByField id={id} value={params.by} event={first} onChange={(by) => onChange({ by })} />}</Field>
        <Field label={t("funnel.same")} error={complaint(error, "/same")}>
          {(id) => <Suggest id={id} value={params.same} clear placeholder={t("funnel.same.none")} options={["order_id", "product_id", "sku", "touch.code_id", "touch.channel"].map((value) => ({ value, label: value }))} onChange={(same) => onChange({ same })} />}
        </Field>
        <Field label={t("funnel.order")}>
          {() => <Segmented aria-label={t("funnel.order")} value={spec.order ?? "ordered"} onChange={(order) => onChange({ order: order === "ordered" ? undefined : order })} options={["ordered", "strict", "any"].map((value) => ({ value, label: tr("funnel.order.", value) }))} />}
        </Field>
        <Field label={t("funnel.count")}>
          {() => <Segmented aria-label={t("funnel.count")} value={spec.count ?? "people"} onChange={(count) => onChange({ count: count === "people" ? undefined : count })} options={["people", "times"].map((value) => ({ value, label: tr("funnel.count.", value) }))} />}
        </Field>
      </div>
    </div>
  );
}

function Steps({ steps, error, onChange }: { steps: string[]; error: Problem | null; onChange: (steps: string[]) => void }) {
  const { t } = useText();
  const put = (at: number, text: string) => onChange(steps.map((one, index) => (index === at ? text : one)));
  return (
    <fieldset className="plain-field">
      <legend>{t("funnel.steps")}</legend>
      <ol className="ask-steps">
        {steps.map((step, at) => {
          const name = t("funnel.step.n", { n: at + 1 });
          return (
            <li key={at}>
              <b aria-hidden="true">{at + 1}</b>
              <div><EventWhere label={name} value={step} error={complaint(error, `/steps/${at}`)} onChange={(text) => put(at, text)} /></div>
              <span className="nowrap">
                <Button type="text" size="small" disabled={at === 0} aria-label={t("funnel.up", { name })} icon={<Icon name="arrow" size={15} />} className="up" onClick={() => onChange(moved(steps, at, -1))} />
                <Button type="text" size="small" disabled={at === steps.length - 1} aria-label={t("funnel.down", { name })} icon={<Icon name="arrow" size={15} />} className="down" onClick={() => onChange(moved(steps, at, 1))} />
                <Button type="text" size="small" disabled={steps.length <= STEPS_MIN} aria-label={t("funnel.remove", { name })} icon={<Icon name="close" size={15} />} onClick={() => onChange(steps.filter((_, index) => index !== at))} />
              </span>
            </li>
          );
        })}
        {steps.length < STEPS_MAX && (
          <li className="adds">
            <b aria-hidden="true">+</b>
            <div><EventPick key={steps.length} value={undefined} label={t("funnel.add")} placeholder={t("funnel.add")} onChange={(event) => event && onChange([...steps, joinStep({ event, where: "" })])} /></div>
          </li>
        )}
      </ol>
      {steps.length > STEPS_MAX && complaint(error, "/steps") && <p role="alert" className="wrong">{complaint(error, "/steps")}</p>}
    </fieldset>
  );
}

/// Events that end a way when they come in between.
function Never({ never, steps, error, onChange }: { never: NeverText[]; steps: number; error: Problem | null; onChange: (never: NeverText[]) => void }) {
  const { t } = useText();
  const put = (at: number, change: Partial<NeverText>) => onChange(never.map((one, index) => (index === at ? { ...one, ...change } : one)));
  return (
    <fieldset className="plain-field">
      <legend>{t("funnel.never")}</legend>
      <ol className="ask-steps never">
        {never.map((one, at) => {
          const name = t("funnel.never.n", { n: at + 1 });
          const wrong = complaint(error, `/never/${at}`);
          return (
            <li key={at}>
              <b aria-hidden="true">×</b>
              <div>
                <EventWhere label={name} value={one.event} error={wrong} onChange={(event) => put(at, { event })} />
                <Select aria-label={t("funnel.never.where", { name })} value={one.after} style={{ width: "100%" }} onChange={(after) => put(at, { after })}
                  options={[{ value: 0, label: t("funnel.never.anywhere") }, ...Array.from({ length: Math.max(0, steps - 1) }, (_, n) => ({ value: n + 1, label: t("funnel.never.after", { n: n + 1, m: n + 2 }) }))]} />
              </div>
              <Button type="text" size="small" aria-label={t("funnel.remove", { name })} icon={<Icon name="close" size={15} />} onClick={() => onChange(never.filter((_, index) => index !== at))} />
            </li>
          );
        })}
        {never.length < NEVER_MAX && (
          <li className="adds">
            <b aria-hidden="true">+</b>
            <div><EventPick key={never.length} value={undefined} label={t("funnel.never.add")} placeholder={t("funnel.never.add")} onChange={(event) => event && onChange([...never, { event: joinStep({ event, where: "" }), after: 0 }])} /></div>
          </li>
        )}
      </ol>
    </fieldset>
  );
}
