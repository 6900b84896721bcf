/// What the three rooms share: filters of a list, figures, days as bars, the way a definition is deleted or rested.
import { App, Button, Dropdown, Input, Segmented } from "antd";
import type { ReactNode } from "react";
import { useParams } from "@/app/search";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { Icon } from "@/parts/Icon";
import { CodeState } from "@/pages/codes/pills";
import { STATES } from "./door";
import "@/pages/codes/codes.css";
import "./doors.css";

/// What the address of a list asks for.
export function useFilter() {
  const [params, setParams] = useParams();
  const state = STATES.find((one) => one === params.state);
  const query = { ...(params.q && { q: params.q }), ...(params.folder && { folder: params.folder }), ...(state && { state }), limit: 50 };
  return { query, state, q: params.q, filtered: !!(params.q || params.folder || state), set: setParams, clear: () => setParams({ q: undefined, folder: undefined, state: undefined }) };
}

export function Filter({ filter, label }: { filter: ReturnType<typeof useFilter>; label: string }) {
  const { t, tr } = useText();
  return (
    <div className="code-filter">
      <Input.Search className="find" enterButton={false} placeholder={label} aria-label={label} key={filter.q ?? ""} defaultValue={filter.q} onSearch={(q) => filter.set({ q: q.trim() || undefined })} />
      <div className="code-toggles" role="group" aria-label={t("code.state")}>
        {STATES.map((one) => <button key={one} type="button" aria-pressed={filter.state === one} onClick={() => filter.set({ state: filter.state === one ? undefined : one })}>{tr("code.state.", one)}</button>)}
      </div>
    </div>
  );
}

export function Head({ name, state, about, url, note, tools, picture }: { name: string; state: string; about: string; url: string; note?: string; tools: ReactNode; picture?: ReactNode }) {
  const { t } = useText();
  return (
    <header className="code-head">
      {picture}
      <div className="code-head-text">
        <div className="row"><h1 tabIndex={-1}>{name}</h1><CodeState state={state} /></div>
        {about && <p className="dim">{about}</p>}
        <div className="row"><Copy text={url} /><Button size="small" href={url} target="_blank" rel="noopener" icon={<Icon name="eye" size={14} />}>{t("door.open")}</Button></div>
        {note && <p className="code-note">{note}</p>}
      </div>
      <div className="row code-head-tools">{tools}</div>
    </header>
  );
}

/// Rest, go on, delete: asked for what cannot be taken back.
export function Rest({ name, state, pause, resume, remove }: { name: string; state: string; pause: () => Promise<unknown>; resume: () => Promise<unknown>; remove: () => Promise<unknown> }) {
  const { t } = useText();
  const { modal } = App.useApp();
  if (state === "deleted") return null;
  const act = (key: string) => {
    if (key === "pause") void pause().catch(() => {});
    if (key === "resume") void resume().catch(() => {});
    if (key === "delete") modal.confirm({ title: t("door.delete.ask", { name }), content: t("door.delete.text"), okText: t("do.delete"), okButtonProps: { danger: true }, onOk: () => remove().catch(() => {}) });
  };
  const items = [{ key: state === "paused" ? "resume" : "pause", label: t(state === "paused" ? "code.resume" : "code.pause") }, { key: "delete", danger: true, label: t("do.delete") }];
  return <Dropdown trigger={["click"]} autoFocus menu={{ items, onClick: ({ key }) => act(key) }}><Button aria-haspopup="menu" aria-label={t("do.more")} icon={<Icon name="more" size={16} />} /></Dropdown>;
}

export const SPANS = ["7", "30", "90"] as const;
export function useSpan() {
  const [params, setParams] = useParams();
  const span = SPANS.find((one) => one === params.days) ?? "30";
  return { span, set: (next: string) => setParams({ days: next === "30" ? undefined : next }) };
}
export function Span({ span, set }: ReturnType<typeof useSpan>) {
  const { t } = useText();
  return <Segmented aria-label={t("door.span.label")} value={span} onChange={set} options={SPANS.map((value) => ({ value, label: t("door.span", { days: value }) }))} />;
}

export function Figures({ lines }: { lines: [string, string][] }) {
  return <dl className="code-figures">{lines.map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="num">{value}</dd></div>)}</dl>;
}

export interface DayLine { day: string; wide: number; inner: number }
/// Two numbers a day, the second inside the first.
export function DayBars({ days, wide, inner }: { days: DayLine[]; wide: string; inner: string }) {
  const { t, exact } = useText();
  const width = 640, height = 190, foot = 20;
  const most = Math.max(1, ...days.map((one) => Math.max(one.wide, one.inner)));
  const step = width / Math.max(1, days.length);
  const tall = (value: number) => (value / most) * (height - foot - 10);
  return (
    <div className="stack tight door-days">
      <svg viewBox={`0 0 ${width} ${height}`} width="100%" role="img" aria-label={t("door.days")}>
        <line x1="0" x2={width} y1={height - foot} y2={height - foot} stroke="var(--line-strong)" />
        {days.map((one, at) => (
          <g key={one.day}>
            <title>{`${one.day}: ${wide} ${exact(one.wide)}, ${inner} ${exact(one.inner)}`}</title>
            <rect x={at * step} y="0" width={step} height={height} fill="transparent" />
            <rect x={at * step + step * 0.14} y={height - foot - tall(one.wide)} width={step * 0.72} height={tall(one.wide)} rx="2" fill="var(--water)" opacity=".28" />
            <rect x={at * step + step * 0.26} y={height - foot - tall(one.inner)} width={step * 0.48} height={tall(one.inner)} rx="2" fill="var(--water)" />
          </g>
        ))}
        {days.length > 0 && <><text x="0" y={height - 4} fontSize="12" fill="var(--ink-3)">{days[0]!.day.slice(5)}</text><text x={width} y={height - 4} fontSize="12" textAnchor="end" fill="var(--ink-3)">{days.at(-1)!.day.slice(5)}</text></>}
      </svg>
      <p className="code-legend"><span><i className="scans" />{wide}</span><span><i className="adds" />{inner}</span></p>
    </div>
  );
}

/// Up, down and away: for lines in an order.
export function LineTools({ at, of, name, onMove, onDrop }: { at: number; of: number; name: string; onMove: (by: number) => void; onDrop: () => void }) {
  const { t } = useText();
  return (
    <span className="row nowrap door-line-tools">
      <Button type="text" size="small" disabled={at === 0} aria-label={t("door.up", { name })} onClick={() => onMove(-1)}><span aria-hidden="true">↑</span></Button>
      <Button type="text" size="small" disabled={at === of - 1} aria-label={t("door.down", { name })} onClick={() => onMove(1)}><span aria-hidden="true">↓</span></Button>
      <Button type="text" size="small" icon={<Icon name="close" size={15} />} aria-label={t("door.drop", { name })} onClick={onDrop} />
    </span>
  );
}
