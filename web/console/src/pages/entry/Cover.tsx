/// The page before the door: the pond on one side, a form on the other.
import "./entry.css";
import type { ReactNode } from "react";
import { speak } from "@/i18n";
import { useText } from "@/i18n/use";
import { Mark } from "@/parts/Icon";

function Koi({ x, y, turn, scale, body, patch }: { x: number; y: number; turn: number; scale: number; body: string; patch: string }) {
  return (
    <g className="koi">
      <g transform={`translate(${x} ${y}) rotate(${turn}) scale(${scale})`}>
        <path d="M0 38C9 52 21 60 23 76 12 72 5 66 0 57-5 66-12 72-23 76-21 60-9 52 0 38Z" fill={body} opacity=".55" />
        <path d="M13-16C26-12 34 0 35 13 25 11 17 7 12 0ZM-13-16C-26-12-34 0-35 13-25 11-17 7-12 0Z" fill={body} opacity=".5" />
        <path d="M0-48C15-42 19-18 15 6 12 25 5 37 0 47-5 37-12 25-15 6-19-18-15-42 0-48Z" fill={body} />
        <path d="M-7-42C4-47 13-36 13-25 7-18-6-20-11-28ZM-13-4C-4-11 9-7 11 6 7 19-6 21-11 12ZM-2 26C4 24 6 30 3 36-1 38-5 34-2 26Z" fill={patch} />
        <circle cx="-7" cy="-36" r="1.7" fill="#10292c" />
        <circle cx="7" cy="-36" r="1.7" fill="#10292c" />
      </g>
    </g>
  );
}

/// A lily pad: a round leaf with a notch.
function Pad({ x, y, r, turn }: { x: number; y: number; r: number; turn: number }) {
  const dx = r * Math.sin(0.32);
  const dy = r * Math.cos(0.32);
  return (
    <g transform={`translate(${x} ${y}) rotate(${turn})`} fill="#1d6a5f" opacity=".72">
      <path d={`M0 ${-r * 0.16}L${dx} ${-dy}A${r} ${r} 0 1 1 ${-dx} ${-dy}Z`} />
      <path d={`M0 0V${r * 0.86}M0 0L${r * 0.7} ${r * 0.4}M0 0L${-r * 0.7} ${r * 0.4}`} stroke="#0f4a46" fill="none" />
    </g>
  );
}

function Pond() {
  return (
    <svg viewBox="0 0 720 900" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <g fill="none" stroke="#8cc4c0">
        {[60, 110, 170, 240].map((r) => <circle key={r} cx="470" cy="300" r={r} opacity={0.3 - r / 1000} />)}
        {[40, 85, 140].map((r) => <circle key={r} cx="190" cy="520" r={r} opacity={0.28 - r / 900} />)}
        {[24, 52].map((r) => <circle key={r} cx="560" cy="650" r={r} opacity={0.26 - r / 600} />)}
      </g>
      <Pad x={100} y={120} r={66} turn={25} />
      <Pad x={186} y={196} r={38} turn={-70} />
      <Pad x={655} y={842} r={78} turn={150} />
      <Koi x={470} y={300} turn={38} scale={1.55} body="#f7f2e8" patch="#e8692f" />
      <Koi x={190} y={520} turn={-58} scale={1.15} body="#ef7a3c" patch="#f9efe2" />
      <Koi x={560} y={648} turn={160} scale={0.85} body="#f3ead9" patch="#23484c" />
    </svg>
  );
}

export function Cover({ title, lead, wide, children }: { title: string; lead: string; wide?: boolean; children: ReactNode }) {
  const { t, lang } = useText();
  return (
    <div className="cover">
      <div className="pond" aria-hidden="true">
        <Pond />
        <div className="words">
          <b>{t("cover.title")}</b>
          <span>{t("cover.text")}</span>
        </div>
      </div>
      <main>
        <div className={wide ? "sheet wide" : "sheet"}>
          <div className="brand">
            <Mark />
            {t("app.name")}
            <div className="row">
              <button type="button" className="tool" onClick={() => void speak(lang === "en" ? "zh-CN" : "en")}>
                {lang === "en" ? t("lang.zh") : t("lang.en")}
              </button>
            </div>
          </div>
          <h1>{title}</h1>
          <p>{lead}</p>
          {children}
        </div>
      </main>
    </div>
  );
}
