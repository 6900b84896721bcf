/// The rule as text: lines with numbers, what is wrong underlined where it stands and told below with a caret.
import { Button } from "antd";
import { useId, useRef, type UIEvent } from "react";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { corrected, pinned, pointed, stretchOf, type Place } from "./caret";
import type { Trouble } from "./door";

export function RuleText({ text, problems, onChange }: { text: string; problems: Trouble[]; onChange: (text: string) => void }) {
  const { t } = useText();
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const under = useRef<HTMLPreElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = text.split("\n");
  const placed = problems.map((one) => ({ ...one, ...pinned(text, { line: one.line ?? 1, column: one.column ?? 1, end_column: one.end_column }, one.detail) }));
  const bad = new Set(placed.map((one) => one.line));
  const follow = (event: UIEvent<HTMLTextAreaElement>) => {
    const { scrollTop, scrollLeft } = event.currentTarget;
    if (under.current) under.current.scrollTo(scrollLeft, scrollTop);
    if (gutter.current) gutter.current.scrollTop = scrollTop;
  };
  const goTo = (from: number, to = from) => {
    area.current?.focus();
    area.current?.setSelectionRange(from, to);
  };
  const take = (made: { text: string; caret: number }) => {
    onChange(made.text);
    requestAnimationFrame(() => goTo(made.caret));
  };
  return (
    <div className="seg-text">
      <div className="seg-code" data-bad={problems.length > 0}>
        <div className="seg-gutter" ref={gutter} aria-hidden="true">{lines.map((_, at) => <span key={at} data-bad={bad.has(at + 1)}>{at + 1}</span>)}</div>
        <div className="seg-pad">
          <pre ref={under} aria-hidden="true"><Underlined text={text} problems={placed} />{"\n"}</pre>
          <textarea ref={area} value={text} rows={Math.min(24, Math.max(7, lines.length + 1))} wrap="off" spellCheck={false} autoCapitalize="off" autoComplete="off" aria-label={t("seg.text")} aria-invalid={problems.length > 0}
            aria-describedby={problems.length ? id : undefined} onChange={(event) => onChange(event.target.value)} onScroll={follow} placeholder={t("seg.text.hint")} />
        </div>
      </div>
      <div id={id} role="alert" className="seg-troubles">
        {placed.map((one, at) => {
          const place = pointed(text, one);
          const made = one.suggestion ? corrected(text, one, one.suggestion, one.code) : undefined;
          return (
            <div key={at} className="seg-trouble">
              <p className="wrong"><Icon name="alert" size={14} /> <span><b>{one.title}</b>{one.detail && <span className="dim"> · {one.detail}</span>}</span></p>
              <button type="button" className="seg-line-of" title={t("seg.text.go", { line: one.line, column: one.column })} onClick={() => goTo(...stretchOf(text, one))}>
                <code><i>{one.line}</i>{place.line}{"\n"}<i aria-hidden="true">{" ".repeat(String(one.line).length)}</i>{place.before}<b>{place.marks}</b></code>
              </button>
              {made && <Button size="small" onClick={() => take(made)}>{t("seg.take", { text: one.suggestion })}</Button>}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/// The same text below the one that is typed in: only its marks are seen.
function Underlined({ text, problems }: { text: string; problems: Place[] }) {
  const marks = problems.map((one) => stretchOf(text, one)).sort((a, b) => a[0] - b[0]);
  const parts = [];
  let at = 0;
  for (const [from, to] of marks) {
    if (from < at) continue;
    parts.push(text.slice(at, from), <mark key={from}>{text.slice(from, to) || " "}</mark>);
    at = to;
  }
  return <>{parts}{text.slice(at)}</>;
}
