/// When a life stage begins and ends. A change is counted before it is made: how many people would move.
import { App, Button, InputNumber } from "antd";
import { useEffect, useState } from "react";
import { api, type BodyOf, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Card, Page } from "@/parts/Page";
import { stageTone, STAGES, StagePill, toneColour } from "@/parts/people";
import { Loaded } from "@/parts/States";
import "./settings.css";

type Rules = ReplyOf<"/v1/stage-rules", "get">;
const fields = ["retain_days", "new_days", "active_days", "dormant_days"] as const;
type Days = Record<(typeof fields)[number], number>;

/// 0 < new < active < dormant, 0 < retain, each at most ten years.
export function inOrder(days: Days): boolean {
  return fields.every((field) => Number.isInteger(days[field]) && days[field] > 0 && days[field] <= 3650) && days.new_days < days.active_days && days.active_days < days.dormant_days;
}

export default function Stages() {
  const { t } = useText();
  const rules = useGet("/v1/stage-rules");
  return (
    <Page title={t("nav.stages")} lead={t("stages.lead")}>
      <Loaded query={rules}>{(found) => <Editor key={found.version} rules={found} />}</Loaded>
    </Page>
  );
}

function Editor({ rules }: { rules: Rules }) {
  const { t, tr, exact } = useText();
  const { message } = App.useApp();
  const may = useMay();
  const [days, setDays] = useState<Days>(rules);
  const valid = inOrder(days);
  const changed = fields.some((field) => days[field] !== rules[field]);
  const body = { ...Object.fromEntries(fields.map((field) => [field, days[field]])) } as BodyOf<"/v1/stage-rules", "put">;
  const preview = useAct((asked: typeof body) => api.post("/v1/stage-rules/dry-run", { body: asked as never }), { quiet: true });
  const save = useAct(() => api.put("/v1/stage-rules", { body, version: rules.version }), { touches: ["/v1/stage-rules"], done: () => void message.success(t("stages.saved")) });
  useEffect(() => {
    if (!valid || !may("stage.write")) return;
    const timer = setTimeout(() => preview.mutate(body), 350);
    return () => clearTimeout(timer);
  }, [JSON.stringify(days)]);
  const counts = preview.data?.data.data;

  return (
    <div className="stack">
      <Card title={t("stages.river")} note={t("stages.version", { version: rules.version })}>
        <ol className="river" style={{ marginBottom: 20 }}>
          {STAGES.map((stage) => {
            const now = counts?.find((one) => one.stage === stage)?.now;
            const then = counts?.find((one) => one.stage === stage)?.then;
            return (
              <li key={stage} style={{ "--tone": toneColour[stageTone[stage]!] } as React.CSSProperties}>
                <StagePill stage={stage} />
                <small>{tr("stages.when.", stage)}</small>
                {then !== undefined && <b className="num" aria-live="polite">{exact(then)}</b>}
                {then !== undefined && now !== undefined && then !== now && <small className="num">{t("stages.was", { count: exact(now) })}</small>}
              </li>
            );
          })}
        </ol>
      </Card>
      <Card title={t("stages.days")}>
        <div className="stack">
          {fields.map((field) => (
            <label key={field} className="row between">
              <span>{tr("stages.", field)}<br /><span className="dim">{tr("stages.text.", field)}</span></span>
              <InputNumber min={1} max={3650} precision={0} value={days[field]} disabled={!may("stage.write")} suffix={t("stages.unit")} style={{ width: 140 }}
                onChange={(value) => setDays({ ...days, [field]: Number(value ?? 0) })} />
            </label>
          ))}
          {!valid && <p role="alert" style={{ color: "var(--bad)" }}>{t("stages.order")}</p>}
          {may("stage.write") && (
            <div className="row">
              <Button type="primary" disabled={!valid || !changed} loading={save.isPending} onClick={() => save.mutate(undefined)}>{t("stages.save")}</Button>
              {changed && <Button onClick={() => setDays(rules)}>{t("do.undo")}</Button>}
            </div>
          )}
        </div>
      </Card>
    </div>
  );
}
