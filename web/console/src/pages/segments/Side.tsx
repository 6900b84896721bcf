/// Beside the rule: how many it holds of now, who they are, how they can be reached, how many come a day, who else they are.
import { Button, Select } from "antd";
import { useState } from "react";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { PersonLink, StagePill } from "@/parts/people";
import { asProblem, Failure } from "@/parts/States";
import { usePut, type Asked, type Live, type What } from "./door";
import { useTheWords } from "./fields";
import { Shared } from "./Shared";

/// The number that moves while one edits.
export function CountCard({ live, open }: { live: Live; open: boolean }) {
  const { t, exact, percent, dateTime } = useText();
  const { count } = live;
  const state = open ? t("seg.count.open") : live.problems.length ? t("seg.count.wrong") : live.waiting ? t("seg.count.busy") : undefined;
  return (
    <section className="card seg-count" aria-label={t("seg.count")} aria-busy={live.waiting} data-stale={live.stale}>
      <p aria-live="polite" aria-atomic="true">
        <span className="dim">{t("seg.count")}</span>
        <b className="num">{count ? exact(count.count) : "–"}</b>
        <span className="dim">{count ? t("seg.count.of", { of: exact(count.of), share: percent(count.of ? (count.count / count.of) * 10_000 : 0) }) : " "}</span>
      </p>
      <div className="seg-meter" aria-hidden="true"><i style={{ width: `${count?.of ? Math.max(count.count ? 1.5 : 0, (count.count / count.of) * 100) : 0}%` }} /></div>
      <small className="dim">
        {state ? <span className={live.problems.length || open ? "seg-state warn" : "seg-state"}>{state}{count && (open || live.problems.length > 0) ? ` · ${t("seg.count.last")}` : ""}</span>
          : count ? <>{t("seg.count.took", { ms: exact(count.millis) })} · <time dateTime={count.as_of}>{t("app.as_of", { at: dateTime(count.as_of) })}</time></> : null}
      </small>
    </section>
  );
}

const REACH = ["wecom", "mp", "sms", "mail", "phone"] as const;

export function Side({ live, asked, deep, onDeep, self }: { live: Live; asked: Asked; deep: boolean; onDeep: () => void; self?: string }) {
  const { t, tr, exact, percent } = useText();
  const preview = live.preview;
  return (
    <>
      {live.error && <Failure problem={asProblem(live.error)} />}
      {!deep ? (
        <section className="card seg-invite">
          <p className="dim">{t("seg.preview.text")}</p>
          <Button icon={<Icon name="eye" size={15} />} disabled={!live.sound} onClick={onDeep}>{t("seg.preview")}</Button>
        </section>
      ) : (
        <div className="seg-deep" aria-busy={live.previewing} data-stale={live.stalePreview}>
          <section className="card">
            <header><h2>{t("seg.reach")}</h2></header>
            {preview ? (
              <ul className="seg-bars">
                {REACH.map((channel) => {
                  const share = preview.count ? preview.reach[channel] / preview.count : 0;
                  return <li key={channel}><span>{tr("seg.channel.", channel)}</span><i aria-hidden="true"><b style={{ width: `${share * 100}%` }} /></i><span className="num">{exact(preview.reach[channel])} <small className="dim">{percent(share * 10_000)}</small></span></li>;
                })}
              </ul>
            ) : <p className="dim">{t("state.loading")}</p>}
          </section>
          <section className="card">
            <header><h2>{t("seg.sample")}</h2></header>
            {preview?.sample.length === 0 && <p className="dim">{t("seg.sample.none")}</p>}
            <ul className="seg-sample">{preview?.sample.slice(0, 8).map((row) => <li key={row.id}><PersonLink id={row.id} name={row.name} /><StagePill stage={row.stage} /></li>)}</ul>
          </section>
        </div>
      )}
      <Entries what={asked} ready={live.sound} />
      <Overlap what={asked} ready={live.sound} self={self} />
    </>
  );
}

function Entries({ what, ready }: { what: What; ready: boolean }) {
  const { t, exact } = useText();
  const [wanted, setWanted] = useState<What>();
  const found = usePut("/v1/segments/entries", { what: wanted ?? what, days: 28 }, !!wanted, false);
  const current = wanted === what;
  return (
    <section className="card" aria-busy={found.isFetching}>
      <header><h2>{t("seg.entries")}</h2>{!current && <Button size="small" disabled={!ready} onClick={() => setWanted(what)}>{t("seg.entries.ask")}</Button>}</header>
      {found.error && <p className="wrong">{found.error.title}</p>}
      {wanted && found.data ? (
        <div data-stale={!current}>
          <p><b className="seg-big num">{exact(Math.round(found.data.per_day * 10) / 10)}</b> <span className="dim">{t("seg.entries.a_day")}</span></p>
          <Columns label={t("seg.entries")} values={found.data.data.map((day) => ({ name: day.day, value: day.entered }))} />
        </div>
      ) : <p className="dim">{t(found.isFetching ? "state.loading" : "seg.entries.text")}</p>}
    </section>
  );
}

/// Small columns, a day each; the number is in the title of each and in the sum above.
function Columns({ values, label }: { values: { name: string; value: number }[]; label: string }) {
  const most = Math.max(1, ...values.map((one) => one.value));
  const step = 280 / Math.max(1, values.length);
  return (
    <svg viewBox="0 0 280 56" width="100%" role="img" aria-label={label}>
      {values.map((one, at) => <rect key={one.name} x={at * step + step * 0.15} width={step * 0.7} y={54 - (one.value / most) * 50} height={Math.max(one.value ? 1.5 : 0.5, (one.value / most) * 50)} rx="1.5" fill={one.value ? "var(--water)" : "var(--line-strong)"}><title>{`${one.name}: ${one.value}`}</title></rect>)}
    </svg>
  );
}

function Overlap({ what, ready, self }: { what: What; ready: boolean; self?: string }) {
  const { t } = useText();
  const words = useTheWords();
  const [other, setOther] = useState<string>();
  return (
    <section className="card">
      <header><h2>{t("seg.overlap")}</h2></header>
      <Select aria-label={t("seg.overlap.with")} style={{ width: "100%" }} showSearch={{ optionFilterProp: "label" }} allowClear placeholder={t("seg.overlap.with")} notFoundContent={t("seg.none_yet")} value={other} onChange={setOther} options={words.segments.filter((one) => one.id !== self).map((one) => ({ value: one.id, label: one.name }))} />
      {other && <Shared a={what} b={{ segment: other }} names={[t("seg.overlap.this"), words.segments.find((one) => one.id === other)?.name ?? other]} ready={ready} />}
    </section>
  );
}
