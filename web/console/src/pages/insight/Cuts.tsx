/// How scores are cut: quintiles or the merchant's own bounds, with the eight tiers as they would be before it is saved.
import { Button, Form, Input, InputNumber, Radio, Segmented, type FormInstance } from "antd";
import { useEffect, useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import { suggest, toBody, toForm, type Bounds, type CutsForm, type Setting, type SettingIn } from "./cuts";

type Rfm = ReplyOf<"/v1/insight/rfm", "get">;

export function Cuts({ open, rfm, setting, history, onClose }: { open: boolean; rfm: Rfm; setting: Setting; history: Setting[]; onClose: () => void }) {
  const { t } = useText();
  const save = useAct((form: CutsForm) => {
    const body = toBody(form);
    if (!body) throw new Error(t("cuts.rising"));
    return api.put("/v1/insight/rfm/setting", { body, version: setting.version });
  }, { touches: ["/v1/insight/rfm/setting", "/v1/insight/rfm", "/v1/insight/rfm/people"], quiet: true });
  return (
    <FormSheet<CutsForm> open={open} onClose={onClose} title={t("cuts.title")} lead={t("cuts.lead")} wide initial={toForm(setting)} submit={(form) => save.mutateAsync(form)}>
      <Form.Item required name="method" label={t("rfm.method")}>
        <Radio.Group options={[{ value: "quintile", label: t("rfm.method.quintile") }, { value: "cuts", label: t("rfm.method.cuts") }]} />
      </Form.Item>
      <Form.Item noStyle shouldUpdate>
        {(form) => (
          <>
            {form.getFieldValue("method") === "cuts" && <Bands form={form as FormInstance<CutsForm>} bounds={rfm.bounds} quintiles={rfm.method === "quintile"} />}
          </>
        )}
      </Form.Item>
      <Form.Item required name="high" label={t("cuts.high")} extra={t("cuts.high.text")}>
        <Segmented options={[2, 3, 4, 5].map((value) => ({ value, label: String(value) }))} />
      </Form.Item>
      <Form.Item noStyle shouldUpdate>{(form) => <Preview now={rfm} body={toBody(form.getFieldsValue(true) as CutsForm)} />}</Form.Item>
      <Form.Item name="note" label={t("cuts.note")}><Input maxLength={200} placeholder={t("cuts.note.hint")} /></Form.Item>
      <Past history={history} />
    </FormSheet>
  );
}

function Bands({ form, bounds, quintiles }: { form: FormInstance<CutsForm>; bounds: Bounds; quintiles: boolean }) {
  const { t, tr } = useText();
  const wrong = !toBody({ ...(form.getFieldsValue(true) as CutsForm), method: "cuts" });
  return (
    <div className="bands">
      {(["r", "f", "m"] as const).map((axis) => (
        <fieldset key={axis} className="plain-field">
          <legend>{tr("cuts.axis.", axis)}</legend>
          <div className="band">
            {[0, 1, 2, 3].map((at) => (
              <Form.Item key={at} name={[axis, at]} noStyle>
                <InputNumber min={0} precision={axis === "m" ? 2 : 0} controls={false} aria-label={`${tr("cuts.axis.", axis)} ${at + 1}`} />
              </Form.Item>
            ))}
          </div>
        </fieldset>
      ))}
      {wrong && <p role="alert" className="wrong">{t("cuts.rising")}</p>}
      {quintiles && <div><Button size="small" onClick={() => form.setFieldsValue(suggest(bounds))}>{t("cuts.suggest")}</Button></div>}
    </div>
  );
}

/// The tiers a rule would give, beside those in force; asked once typing has paused.
function Preview({ now, body }: { now: Rfm; body: SettingIn | undefined }) {
  const { t, lang, exact } = useText();
  const text = JSON.stringify(body ? { method: body.method, r_days: body.r_days, f_orders: body.f_orders, m_fen: body.m_fen, high: body.high } : null);
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), 400);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useGet("/v1/insight/rfm", { query: (JSON.parse(asked) ?? {}) as never }, { enabled: asked !== "null" && asked === text, staleTime: 60_000 });
  const tiers = body && asked === text ? found.data?.tiers : undefined;
  return (
    <table className="preview" aria-busy={found.isFetching}>
      <caption className="visually-hidden">{t("cuts.preview")}</caption>
      <thead><tr><th scope="col">{t("rfm.tiers")}</th><th scope="col">{t("cuts.now")}</th><th scope="col">{t("cuts.then")}</th></tr></thead>
      <tbody>
        {now.tiers.map((tier) => {
          const then = tiers?.find((one) => one.tier === tier.tier)?.people;
          return (
            <tr key={tier.tier}>
              <th scope="row">{lang === "en" ? tier.en : tier.zh}</th>
              <td className="num">{exact(tier.people)}</td>
              <td className="num">{then === undefined ? "…" : <>{exact(then)} {then !== tier.people && <small>{then > tier.people ? "+" : "−"}{exact(Math.abs(then - tier.people))}</small>}</>}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Past({ history }: { history: Setting[] }) {
  const { t, tr, dateTime } = useText();
  if (history.length === 0) return null;
  return (
    <section>
      <h3 style={{ marginBottom: 8 }}>{t("cuts.history")}</h3>
      <ul className="moves">
        {history.map((one) => (
          <li key={one.version}>
            <span className="chip plain">{t("cuts.version", { version: one.version })}</span>
            <span>{tr("rfm.method.", one.method)}</span>
            <span className="dim num">{dateTime(one.at)}</span>
            {one.note && <span className="dim">{one.note}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
