/// Who is on duty hour by hour, how full they are, and the switch that takes somebody out of the rotation.
import { DatePicker, Switch } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useState } from "react";
import { api } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Loaded, Nothing } from "@/parts/States";
import { TOUCHED, type Load } from "./door";

type Guide = Load["guides"][number];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

export function LoadTable({ code }: { code?: string }) {
  const { t, exact } = useText();
  const [day, setDay] = useState<Dayjs | null>(null);
  const query = useGet("/v1/code-load", { query: { ...(code && { code }), ...(day && { day: day.format("YYYY-MM-DD") }) } }, { refetchInterval: 30_000 });
  return (
    <Card flush title={undefined}>
      <div className="flush-head"><h2>{t("code.load")}</h2><span className="dim">{t("code.load.note")}</span>
        <DatePicker allowClear value={day ?? (query.data ? dayjs(query.data.day) : null)} onChange={setDay} aria-label={t("code.load.day")} style={{ marginInlineStart: "auto" }} /></div>
      <Loaded query={query} lines={6}>
        {(load) => load.guides.length === 0 ? <Nothing title={t("code.load.none")} text={t("code.load.none.text")} /> : (
          <div className="scroller" tabIndex={0} role="region" aria-label={t("code.load")}>
            <table className="plain code-load">
              <thead><tr><th scope="col">{t("code.staff.guide")}</th><th scope="col">{t("code.load.now")}</th><th scope="col">{t("code.load.hours")}</th><th scope="col">{t("code.load.shown")}</th><th scope="col">{t("code.funnel.adds")}</th><th scope="col">{t("code.load.slots")}</th><th scope="col">{t("code.load.switch")}</th></tr></thead>
              <tbody>{load.guides.map((guide) => <GuideLine key={guide.staff} guide={guide} code={code} />)}</tbody>
              <tfoot><tr><th scope="row">{t("code.load.total")}</th><td /><td><Strip minutes={load.on_duty.map((count) => (count > 0 ? 60 : 0))} label={load.on_duty.map((count, hour) => `${hour}:00 ${count}`).join(", ")} /></td><td className="num">{exact(load.guides.reduce((sum, one) => sum + one.shown, 0))}</td><td className="num">{exact(load.guides.reduce((sum, one) => sum + one.friends, 0))}</td><td /><td /></tr></tfoot>
            </table>
          </div>
        )}
      </Loaded>
    </Card>
  );
}

function GuideLine({ guide, code }: { guide: Guide; code?: string }) {
  const { t, exact } = useText();
  const may = useMay()("code.switch");
  const put = useAct((online: boolean) => api.put("/v1/code-guides/{staff}/online", { path: { staff: guide.staff }, body: { online, ...(code && { code }) } as never }), { touches: [...TOUCHED] });
  const online = code ? guide.seats.every((seat) => seat.online) && guide.online : guide.online;
  const state = !guide.active ? "left" : !online ? "off" : guide.on_duty_now ? "on" : "away";
  return (
    <tr>
      <th scope="row">{guide.name || guide.staff}{!code && <small className="dim">{[...new Set(guide.seats.map((seat) => seat.code_name))].slice(0, 3).join("、")}</small>}</th>
      <td><span className={`chip ${{ on: "good", away: "plain", off: "gold", left: "bad" }[state]}`}>{t(`code.duty.${state}`)}</span></td>
      <td><Strip minutes={guide.minutes} label={hoursText(guide.minutes)} /></td>
      <td className="num">{exact(guide.shown)}</td>
      <td className="num">{exact(guide.friends)}</td>
      <td>{slotsOf(guide).map(([used, cap]) => <Slots key={`${used}/${cap}`} used={used} cap={cap} />)}</td>
      <td><Switch size="small" checked={online} disabled={!may || !guide.active} loading={put.isPending} aria-label={t("code.load.switch.of", { name: guide.name })} onChange={(next) => put.mutate(next)} /></td>
    </tr>
  );
}

/// Caps of the day that a guide has, each once.
export const slotsOf = (guide: Pick<Guide, "seats">): [number, number][] => guide.seats.filter((seat) => seat.daily_cap > 0).map((seat) => [seat.daily_used, seat.daily_cap]);

function Slots({ used, cap }: { used: number; cap: number }) {
  return <span className={`code-slots num${used >= cap ? " full" : ""}`}><progress className="thin" max={cap} value={Math.min(used, cap)} />{used}/{cap}</span>;
}

/// "9:00–18:00, 20:00–22:00" of minutes on duty in each hour.
export function hoursText(minutes: number[]): string {
  const out: string[] = [];
  for (let hour = 0; hour < minutes.length; hour++) {
    if (!minutes[hour]) continue;
    let end = hour;
    while (end + 1 < minutes.length && minutes[end + 1]) end++;
    out.push(`${hour}:00–${end + 1}:00`);
    hour = end;
  }
  return out.join(", ") || "–";
}

function Strip({ minutes, label }: { minutes: number[]; label: string }) {
  return (
    <svg className="code-strip" viewBox="0 0 240 16" width="240" height="16" role="img" aria-label={label}>
      <title>{label}</title>
      {HOURS.map((hour) => <rect key={hour} x={hour * 10 + 0.5} y="1" width="9" height="14" rx="2" fill="var(--water)" opacity={minutes[hour] ? 0.25 + 0.75 * (minutes[hour]! / 60) : 0.08} />)}
    </svg>
  );
}
