/// One file on its way: columns, dry run, progress, what came of it, and the way back.
import { Link, useParams as usePath } from "@tanstack/react-router";
import { App, Button, Input, Progress, Select, Steps } from "antd";
import { useEffect, useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { bytes } from "@shared/format";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { detailPairs } from "@/parts/pairs";
import { asProblem, Bones, Failure, Loaded } from "@/parts/States";
import { choices, doubled, mapOf, missing } from "./mapping";
import { busy, canStart, canUndo, secondsLeft, share, toneOfState } from "./states";
import "./imports.css";

type Job = ReplyOf<"/v1/imports/{import}", "get">;
type Preview = ReplyOf<"/v1/imports/{import}/preview", "get">;
const touches = ["/v1/imports/{import}", "/v1/imports"] as const;

export default function Import() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id: string };
  const job = useGet("/v1/imports/{import}", { path: { import: id } }, { refetchInterval: (query) => (busy(query.state.data?.state ?? "") ? 700 : false) });
  if (!job.data) {
    return (
      <Page title={t("imports.one")}>
        {job.error ? <Failure problem={asProblem(job.error)} retry={() => void job.refetch()} /> : <Card><Bones lines={8} /></Card>}
      </Page>
    );
  }
  return <One job={job.data} />;
}

/// Which of the five steps an import stands on.
export function stepOf(job: Pick<Job, "state" | "dry" | "started_at">): number {
  if (job.state === "uploading") return 0;
  if (job.state === "checking") return 2;
  if (job.state === "ready") return job.dry ? 2 : 1;
  return ["running", "paused"].includes(job.state) ? 3 : 4;
}

function One({ job }: { job: Job }) {
  const { t, tr, dateTime } = useText();
  const mapping = job.state === "ready" || (job.state === "failed" && job.rows_done === 0);
  return (
    <Page title={job.file_name} lead={<>{tr("import.subject.", job.subject)} · {job.source} · {bytes(job.bytes_total)}{job.encoding && ` · ${job.encoding}`} · {job.author} · {dateTime(job.created_at)}</>}
      actions={<><span className={`chip ${toneOfState[job.state] ?? "plain"}`}>{tr("import.state.", job.state)}</span><Link to="/imports">{t("tray.all")}</Link></>}>
      <div className="stack">
        <Card>
          <Steps size="small" current={stepOf(job)} status={job.state === "failed" ? "error" : undefined}
            items={(["upload", "map", "check", "run", "result"] as const).map((step) => ({ title: tr("imports.step.", step) }))} />
        </Card>
        {job.error_code && <div className="failure" role="alert"><Icon name="alert" size={20} /><div><h2>{t("imports.failed")}</h2><p>{job.error_detail}</p><code>{job.error_code}</code></div></div>}
        {(!mapping || job.dry) && job.state !== "uploading" && <Result job={job} />}
        {mapping && <Mapping job={job} />}
      </div>
    </Page>
  );
}

function Result({ job }: { job: Job }) {
  const { t, tr, exact, count } = useText();
  const { modal } = App.useApp();
  const may = useMay();
  const [now, setNow] = useState(Date.now());
  useEffect(() => setNow(Date.now()), [job.rows_done]);
  const path = { import: job.id };
  const start = useAct(() => api.post("/v1/imports/{import}/start", { path }), { touches: [...touches] });
  const pause = useAct(() => api.post("/v1/imports/{import}/pause", { path }), { touches: [...touches] });
  const cancel = useAct(() => api.post("/v1/imports/{import}/cancel", { path }), { touches: [...touches] });
  const undo = useAct(() => api.post("/v1/imports/{import}/undo", { path }), { touches: [...touches] });
  const left = secondsLeft(job, now);
  const write = may("import.write");
  const ask = () => modal.confirm({ title: t("imports.undo.ask"), content: t("imports.undo.text", { orders: exact(job.orders_made), people: exact(job.people_made) }),
    okText: t("imports.undo"), okButtonProps: { danger: true }, onOk: () => undo.mutateAsync(undefined).catch(() => {}) });
  const numbers = (["good", "bad", "people_made", "orders_made", "orders_changed", "events_made", "repeats"] as const).filter((key) => key === "good" || key === "bad" || job[key] > 0);

  return (
    <Card title={t(job.dry ? "imports.dry.result" : "imports.result")} note={job.dry ? t("imports.dry.text") : undefined}
      actions={
        <>
          {job.bad > 0 && <a className="ant-btn-like" href={`/v1/imports/${job.id}/errors.csv`} download><Icon name="download" size={15} /> {t("imports.errors")}</a>}
          {write && ["running", "checking"].includes(job.state) && <Button loading={pause.isPending} onClick={() => pause.mutate(undefined)}>{t("imports.pause")}</Button>}
          {write && ["running", "checking", "paused"].includes(job.state) && <Button danger loading={cancel.isPending} onClick={() => cancel.mutate(undefined)}>{t("imports.cancel")}</Button>}
          {write && canStart(job.state) && job.state !== "ready" && <Button type="primary" loading={start.isPending} onClick={() => start.mutate(undefined)}>{t("imports.resume")}</Button>}
          {write && canUndo(job) && <Button loading={undo.isPending} onClick={ask} icon={<Icon name="undo" size={15} />}>{t("imports.undo")}</Button>}
        </>
      }>
      <div className="stack">
        {(busy(job.state) || job.state === "paused") && (
          <div>
            <Progress percent={share(job)} status={job.state === "paused" ? "normal" : "active"} aria-label={job.file_name} />
            <p className="progress-line num" aria-live="off">
              <span>{t("imports.rows", { count: exact(job.rows_done) })}</span>
              {job.rows_per_second > 0 && <span>{t("imports.rate", { rate: count(Math.round(job.rows_per_second)) })}</span>}
              {left !== null && <span>{t("imports.left", { seconds: exact(left) })}</span>}
            </p>
          </div>
        )}
        <dl className="figures" aria-live={busy(job.state) ? "off" : "polite"}>
          {numbers.map((key) => <div key={key}><dt>{tr("imports.", key)}</dt><dd style={key === "bad" && job.bad ? { color: "var(--bad)" } : undefined}>{exact(job[key])}</dd></div>)}
        </dl>
        {job.dry && <Tally tally={job.tally} />}
        {job.state === "done" && job.subject !== "events" && <div><Link to="/customers" search={{} as never}>{t("imports.see")} →</Link></div>}
      </div>
    </Card>
  );
}

/// What the dry run counted: amounts as money, instants as days.
function Tally({ tally }: { tally: unknown }) {
  const { tr, money, day } = useText();
  const pairs = detailPairs(tally)
    .filter(([key]) => !["rows", "good", "bad"].includes(key))
    .map(([key, value]) => [key, key.endsWith("_fen") ? money(Number(value)) : key.endsWith("_at") ? day(value) : value] as const);
  if (pairs.length === 0) return null;
  return <div className="row">{pairs.map(([key, value]) => <span key={key} className="chip plain">{tr("import.tally.", key)} {value}</span>)}</div>;
}

function Mapping({ job }: { job: Job }) {
  const { t } = useText();
  const preview = useGet("/v1/imports/{import}/preview", { path: { import: job.id } }, { staleTime: Infinity });
  return <Card title={t("imports.map")} note={t("imports.map.text")}><Loaded query={preview} lines={8}>{(found) => <MapForm job={job} preview={found} />}</Loaded></Card>;
}

function MapForm({ job, preview }: { job: Job; preview: Preview }) {
  const { t, tr, lang } = useText();
  const may = useMay();
  const [chosen, setChosen] = useState(() => choices(preview.header, preview.map));
  const [source, setSource] = useState(job.source);
  const attributes = useGet("/v1/attributes", {}, { enabled: job.subject === "customers" && may("attribute.read"), staleTime: 60_000 });
  const path = { import: job.id };
  const map = mapOf(preview.header, chosen);
  const save = () => api.put("/v1/imports/{import}/mapping", { path, body: { map, source: source.trim() || null } });
  const check = useAct(async () => { await save(); return api.post("/v1/imports/{import}/dry-run", { path }); }, { touches: [...touches] });
  const start = useAct(async () => { await save(); return api.post("/v1/imports/{import}/start", { path }); }, { touches: [...touches] });
  const lacking = missing(preview.fields, chosen);
  const twice = doubled(chosen);
  const bad = lacking.length > 0 || twice.length > 0;
  const write = may("import.write");

  const known = preview.fields.map((field) => field.name);
  const own = [...new Set([...preview.map.map((item) => item.field), ...(attributes.data?.data ?? []).filter((def) => !def.builtin).map((def) => def.key)])].filter((name) => !known.includes(name));
  const nameOf = (key: string) => { const def = attributes.data?.data.find((one) => one.key === key); return def ? (lang === "en" ? def.en : def.zh) : key; };
  const options = [
    { value: "", label: t("imports.ignore") },
    { label: t("imports.fields"), options: preview.fields.map((field) => ({ value: field.name, label: `${tr("import.field.", field.name)}${field.required ? " *" : ""}` })) },
    ...(own.length ? [{ label: t("imports.own"), options: own.map((value) => ({ value, label: nameOf(value) })) }] : []),
  ];

  return (
    <div className="stack">
      <label className="row"><span>{t("imports.source")}</span><Input value={source} onChange={(event) => setSource(event.target.value)} maxLength={64} disabled={!write} style={{ width: 240 }} /><span className="dim">{t("imports.source.text")}</span></label>
      <div className="scroll-x" tabIndex={0} role="region" aria-label={t("imports.map")}>
        <table className="mapping">
          <thead><tr><th scope="col">{t("imports.column")}</th><th scope="col">{t("imports.means")}</th><th scope="col">{t("imports.samples")}</th></tr></thead>
          <tbody>
            {preview.header.map((name, index) => (
              <tr key={index}>
                <th scope="row">{name || `#${index + 1}`}</th>
                <td>
                  <Select value={chosen[index]} onChange={(field) => setChosen(chosen.map((old, at) => (at === index ? field : old)))} options={options} disabled={!write}
                    aria-label={t("imports.means.of", { name: name || `#${index + 1}` })} status={twice.includes(chosen[index]!) ? "error" : undefined} style={{ width: 220 }} showSearch={{ optionFilterProp: "label" }} />
                </td>
                <td className="samples">{preview.rows.slice(0, 4).map((row) => row[index]).filter(Boolean).join(" · ") || "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div aria-live="polite">
        {lacking.length > 0 && <p style={{ color: "var(--bad)" }}>{t("imports.lacking", { fields: lacking.map((name) => tr("import.field.", name)).join(", ") })}</p>}
        {twice.length > 0 && <p style={{ color: "var(--bad)" }}>{t("imports.twice", { fields: twice.map((name) => tr("import.field.", name)).join(", ") })}</p>}
      </div>
      {write && (
        <div className="row">
          <Button type={job.dry ? "default" : "primary"} disabled={bad} loading={check.isPending} onClick={() => check.mutate(undefined)}>{t("imports.dry")}</Button>
          <Button type={job.dry ? "primary" : "default"} disabled={bad} loading={start.isPending} onClick={() => start.mutate(undefined)}>{t("imports.start")}</Button>
        </div>
      )}
    </div>
  );
}
