/// A form as its visitors walk through it: answers here lead where they will lead there, and are kept nowhere.
import { Button } from "antd";
import { useState } from "react";
import { useText } from "@/i18n/use";
import type { FormSpec, Question } from "./door";
import { isChoice, onePage, scoreOf, STARS, walk, type Given } from "./forms";

export function FormPhone({ spec }: { spec: FormSpec }) {
  const { t } = useText();
  const [given, setGiven] = useState<Given>({});
  const [steps, setSteps] = useState(0);
  const [done, setDone] = useState(false);
  const whole = onePage(spec);
  const { path } = walk(spec, given);
  const at = Math.min(steps, Math.max(0, path.length - 1));
  const shown = whole ? path : path.slice(at, at + 1);
  const last = whole || at >= path.length - 1;
  const score = scoreOf(spec, given);
  const band = spec.bands.find((one) => one.from <= score && score <= one.to);
  const again = () => { setGiven({}); setSteps(0); setDone(false); };
  return (
    <figure className="phone" aria-label={t("code.preview")}>
      <div className="phone-bar"><span>9:41</span><b>{spec.title || t("form.untitled")}</b><span aria-hidden="true">•••</span></div>
      <div className="phone-sheet">
        {done ? (
          <div className="phone-done"><b className="phone-h1">{spec.done_title || t("form.done")}</b>{band && <b>{band.title}</b>}{band?.text && <p>{band.text}</p>}<p>{spec.done_text || t("form.done.text")}</p><Button size="small" onClick={again}>{t("form.try.again")}</Button></div>
        ) : (
          <>
            <b className="phone-h1">{spec.title || t("form.untitled")}</b>
            {at === 0 && spec.intro && <p>{spec.intro}</p>}
            {shown.map((q) => <Asked key={q.key} question={q} given={given[q.key] ?? []} put={(values) => setGiven((before) => ({ ...before, [q.key]: values }))} />)}
            {at === 0 && spec.consent.text && <label className="phone-choice"><input type="checkbox" />{spec.consent.text}</label>}
            {spec.questions.length === 0 ? <p className="phone-none">{t("form.empty")}</p> : (
              <div className="phone-actions">
                {!whole && at > 0 && <button type="button" className="phone-plain" onClick={() => setSteps(at - 1)}>{t("do.back")}</button>}
                <button type="button" className="phone-button" onClick={() => (last ? setDone(true) : setSteps(at + 1))}>{last ? spec.button || t("form.send") : t("form.next")}</button>
              </div>
            )}
          </>
        )}
      </div>
    </figure>
  );
}

function Asked({ question: q, given, put }: { question: Question; given: string[]; put: (values: string[]) => void }) {
  const { t, tr } = useText();
  const title = <>{q.title || tr("form.kind.", q.kind)}{!q.required && <small>{t("form.optional")}</small>}</>;
  const lines = isChoice(q.kind) ? q.options.map((o) => ({ key: o.key, label: o.label || "…" })) : Array.from({ length: q.max || STARS }, (_, n) => ({ key: String(n + 1), label: String(n + 1) }));
  if (isChoice(q.kind) || q.kind === "rating") {
    const many = q.kind === "multi";
    return (
      <fieldset className="phone-asked" data-row={q.kind === "rating"}>
        <legend>{title}</legend>{q.note && <small>{q.note}</small>}
        <div>{lines.map((one) => (
          <label key={one.key} className="phone-choice"><input type={many ? "checkbox" : "radio"} name={`try-${q.key}`} checked={given.includes(one.key)}
            onChange={() => put(!many ? [one.key] : given.includes(one.key) ? given.filter((other) => other !== one.key) : [...given, one.key])} />{one.label}</label>
        ))}</div>
      </fieldset>
    );
  }
  const type = q.kind === "date" ? "date" : q.kind === "phone" ? "tel" : q.kind === "upload" ? "file" : "text";
  return <label className="phone-asked"><span>{title}</span>{q.note && <small>{q.note}</small>}{type === "file" ? <input type="file" disabled /> : <input type={type} value={given[0] ?? ""} onChange={(event) => put(event.target.value ? [event.target.value] : [])} />}
    {q.kind === "phone" && q.verify && <span className="phone-proof"><input type="text" disabled placeholder={t("form.verify.code")} aria-label={t("form.verify.code")} /><span className="phone-plain">{t("form.verify.send")}</span></span>}</label>;
}
