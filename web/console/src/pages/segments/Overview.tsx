import { Segmented } from "antd";
import { useMemo } from "react";
import { useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { SizeChart } from "@/charts/SizeChart";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { Card } from "@/parts/Page";
import { Loaded, Nothing } from "@/parts/States";
import type { Segment } from "./door";

const SPANS = ["7", "30", "90", "365"] as const;
const DAY_MS = 86_400_000;

/// The days of a stretch that ends today, as the merchant's calendar names them.
export function fromDay(days: number, now: number, zone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(now - (days - 1) * DAY_MS));
}

export function Overview({ segment }: { segment: Segment }) {
  const { t, exact, count, zone, dateTime } = useText();
  const [{ days }, setParams] = useParams();
  const span = SPANS.find((one) => one === days) ?? "30";
  const from = useMemo(() => fromDay(Number(span), Date.now(), zone), [span, zone]);
  const sizes = useGet("/v1/segments/{segment}/sizes", { path: { segment: segment.id }, query: { from } }, { staleTime: 10_000 });
  return (
    <div className="stack">
      <Card title={t("seg.sizes")} note={segment.mode === "live" ? t("seg.sizes.text") : undefined}
        actions={<Segmented size="small" aria-label={t("seg.sizes.days")} value={span} onChange={(next) => setParams({ days: next === "30" ? undefined : next })} options={SPANS.map((value) => ({ value, label: t("seg.days", { days: value }) }))} />}>
        <Loaded query={sizes} lines={6}>
          {({ data }) => data.length === 0 ? <Nothing title={t("seg.sizes.none")} text={t(segment.mode === "live" ? "seg.sizes.none.live" : "seg.sizes.none.asked")} /> : (
            <>
              <SizeChart days={data} label={t("seg.sizes")} say={(value) => count(value)} />
              <p className="seg-legend"><span><i className="in" />{t("seg.entered", { count: exact(data.reduce((sum, day) => sum + day.entered, 0)) })}</span><span><i className="out" />{t("seg.left", { count: exact(data.reduce((sum, day) => sum + day.left, 0)) })}</span></p>
              <details className="seg-table"><summary>{t("seg.sizes.table")}</summary>
                <div className="scroller" tabIndex={0} role="region" aria-label={t("seg.sizes.table")}>
                  <table className="plain"><thead><tr><th>{t("seg.day")}</th><th>{t("seg.size")}</th><th>{t("seg.entered.short")}</th><th>{t("seg.left.short")}</th></tr></thead>
                    <tbody>{[...data].reverse().map((day) => <tr key={day.day}><th scope="row">{day.day}</th><td>{exact(day.size)}</td><td>{exact(day.entered)}</td><td>{exact(day.left)}</td></tr>)}</tbody></table>
                </div>
              </details>
            </>
          )}
        </Loaded>
      </Card>
      <Card title={t("seg.text")} actions={<Copy text={segment.text} shown={t("seg.copy.text")} />}>
        <pre className="seg-pack" tabIndex={0} aria-label={t("seg.text")}>{segment.text}</pre>
        <p className="dim seg-made">{t("seg.made", { version: segment.version, at: dateTime(segment.updated_at) })}</p>
      </Card>
    </div>
  );
}
