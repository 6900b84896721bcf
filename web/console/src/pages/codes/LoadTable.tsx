/// Who is on duty hour by hour, how full they are, and the switch that takes somebody out of the rotation.
import { Switch } from "antd";
import { DateField } from "@/parts/Dates";
import dayjs, { type Dayjs } from "dayjs";
import { useState } from "react";
import { api } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { TOUCHED, type Load } from "./door";

type Guide = Load["guides"][number];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

export function LoadTable({ code }: { code?: string }) {
  const { t, tr, exact } = useText();
  const [day, setDay] = useState<Dayjs | null>(null);
  const query = useGet("/v1/code-load", { query: { ...(code && { code }), ...(day && { day: day.format("YYYY-MM-DD") }) } }, { refetchInterval: 30_000 });
  const load = query.data;
  const most = Math.max(1, ...(load?.on_duty ?? []));
  return (
    <Card flush>
      <div className="flush-head"><h2>{t("code.load")}</h2><span className="dim">{t("code.load.note")}</span>
        <DateField allowClear value={day ?? (load ? dayjs(load.day) : null)} onChange={(next) => setDay(next as Dayjs | null)} aria-label={t("code.load.day")} style={{ marginInlineStart: "auto", width: "auto" }} /></div>
      {load && load.guides.length > 0 && (
        <p className="code-cover"><span>{t("code.load.cover")}</span><Strip parts={load.on_duty.map((count) => count / most)} label={load.on_duty.map((count, hour) => `${hour}:00 ${count}`).join(", ")} />
          <b className="num">{t("code.load.cover.now", { count: load.guides.filter((one) => dutyOf(one, code) === "on").length })}</b></p>
      )}
      <Rows<Guide> label={t("code.load")} rowKey="staff" list={{ data: load?.guides, error: query.error, refetch: () => void query.refetch() }} empty={{ title: t("code.load.none"), text: t("code.load.none.text") }}
        columns={[
          { title: t("code.staff.guide"), key: "name", render: (_, one) => <span className="code-name"><b>{one.name || one.staff}</b>{!code && <small>{[...new Set(one.seats.map((seat) => seat.code_name))].slice(0, 3).join("、")}</small>}</span> },
          { title: t("code.load.now"), key: "now", render: (_, one) => <span className={`chip ${TONE[dutyOf(one, code)]}`}>{tr("code.duty.", dutyOf(one, code))}</span> },
          { title: t("code.load.hours"), key: "hours", render: (_, one) => <Strip parts={one.minutes.map((minutes) => minutes / 60)} label={hoursText(one.minutes)} /> },
          { title: t("code.load.shown"), key: "shown", align: "right", render: (_, one) => <span className="num">{exact(one.shown)}</span> },
          { title: t("code.funnel.adds"), key: "friends", align: "right", render: (_, one) => <span className="num">{exact(one.friends)}</span> },
          { title: t("code.load.slots"), key: "slots", render: (_, one) => (slotsOf(one).length === 0 ? t("code.cap.none") : slotsOf(one).map(([used, cap], at) => <Slots key={at} used={used} cap={cap} />)) },
          { title: t("code.load.switch"), key: "switch", render: (_, one) => <OnlineSwitch guide={one} code={code} /> },
        ]} />
    </Card>
  );
}

const TONE = { on: "good", away: "plain", off: "gold", left: "bad" } as const;

const isOnline = (guide: Guide, code?: string) => guide.online && (!code || guide.seats.every((seat) => seat.online));

export function dutyOf(guide: Guide, code?: string): keyof typeof TONE {
  if (!guide.active) return "left";
  if (!isOnline(guide, code)) return "off";
  return guide.on_duty_now ? "on" : "away";
}

function OnlineSwitch({ guide, code }: { guide: Guide; code?: string }) {
  const { t } = useText();
  const may = useMay()("code.switch");
  const put = useAct((online: boolean) => api.put("/v1/code-guides/{staff}/online", { path: { staff: guide.staff }, body: { online, ...(code && { code }) } as never }), { touches: [...TOUCHED] });
  return <Switch size="small" checked={isOnline(guide, code)} disabled={!may || !guide.active} loading={put.isPending} aria-label={t("code.load.switch.of", { name: guide.name })} onChange={(next) => put.mutate(next)} />;
}

/// Caps of the day that a guide has, each once.
export const slotsOf = (guide: Pick<Guide, "seats">): [number, number][] => guide.seats.filter((seat) => seat.daily_cap > 0).map((seat) => [seat.daily_used, seat.daily_cap]);

function Slots({ used, cap }: { used: number; cap: number }) {
  return <span className={`code-used num${used >= cap ? " full" : ""}`}><progress className="thin" max={cap} value={Math.min(used, cap)} />{used}/{cap}</span>;
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

/// A cell for each hour of the day, fuller the more of it is covered.
function Strip({ parts, label }: { parts: number[]; label: string }) {
  return (
    <svg className="code-strip" viewBox="0 0 240 16" width="240" height="16" role="img" aria-label={label}>
      <title>{label}</title>
      {HOURS.map((hour) => <rect key={hour} x={hour * 10 + 0.5} y="1" width="9" height="14" rx="2" fill="var(--water)" opacity={parts[hour] ? 0.25 + 0.75 * parts[hour]! : 0.08} />)}
    </svg>
  );
}
