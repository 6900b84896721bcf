/// Everything that happened to a person, newest first, grouped by day; each line opens to what was recorded.
import { Button, Segmented } from "antd";
import { useState } from "react";
import { type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useText } from "@/i18n/use";
import { Icon, type IconName } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { asProblem, Bones, Failure, Nothing } from "@/parts/States";
import { detailPairs } from "@/parts/pairs";

type Item = ReplyOf<"/v1/people/{person}/timeline", "get">["data"][number];
const groups = ["acquisition", "engagement", "commerce", "loyalty", "delivery", "compliance", "custom"];

const icons: Record<string, IconName> = {
  acquisition: "door", engagement: "chat", commerce: "bag", loyalty: "gift", delivery: "bolt", experiment: "grid", compliance: "shield", custom: "stage",
};
const own: Record<string, IconName> = {
  code_scanned: "grid", friend_added: "people", referral_bound: "link", refund_done: "undo", tag_added: "tag", tag_removed: "tag",
  identity_linked: "merge", identity_unlinked: "merge", product_viewed: "eye", content_viewed: "eye", page_viewed: "eye",
};

/// Items under the day they fell on, in order.
export function byDay<T>(items: T[], dayOf: (item: T) => string): { day: string; items: T[] }[] {
  const days: { day: string; items: T[] }[] = [];
  for (const item of items) {
    const day = dayOf(item);
    const last = days[days.length - 1];
    if (last?.day === day) last.items.push(item);
    else days.push({ day, items: [item] });
  }
  return days;
}

/// What a line says of itself: words, not the numbers machines call things by.
export function saidOf(pairs: [string, string][]): string {
  const plain = ([key, value]: [string, string]) =>
    /\p{L}/u.test(value) && !/^(true|false|[[{].*)$/.test(value) && value.length < 40 && !/_id$|_hash$|_person$|_fen$|^(state|scan|scan_match|touch\.)/.test(key) && !/^[a-z]{3}_[0-9a-z]{9,}$|^\d{12,}$/.test(value);
  return pairs.filter(plain).slice(0, 2).map(([, value]) => value).join(" · ");
}

export function Timeline({ person }: { person: string }) {
  const { t, tr, weekday, day } = useText();
  const [group, setGroup] = useState("");
  const list = useList("/v1/people/{person}/timeline", { path: { person }, query: { ...(group ? { group: [group] } : {}), limit: 50 } as never }, (item) => item.seq);
  return (
    <Card title={t("timeline.title")} actions={
      <div className="scroll-x">
        <Segmented size="small" value={group} onChange={setGroup} aria-label={t("timeline.groups")}
          options={[{ value: "", label: t("timeline.all") }, ...groups.map((value) => ({ value, label: tr("event.group.", value) }))]} />
      </div>
    }>
      {list.data === undefined ? (list.error ? <Failure problem={asProblem(list.error)} retry={() => void list.refetch()} /> : <Bones lines={7} />)
        : list.data.length === 0 ? <Nothing title={t("timeline.empty")} text={t("timeline.empty.text")} />
        : (
          <div className="timeline">
            {byDay(list.data, (item) => day(item.at)).map((one) => (
              <section key={one.day}>
                <h3 className="day">{weekday(one.items[0]!.at)}</h3>
                <ol>{one.items.map((item) => <li key={item.seq}><Happening item={item} /></li>)}</ol>
              </section>
            ))}
          </div>
        )}
      {list.more && <div className="more"><Button onClick={list.fetchMore} loading={list.fetchingMore}>{t("do.more")}</Button></div>}
    </Card>
  );
}

function Happening({ item }: { item: Item }) {
  const { t, lang, clock, dateTime, money } = useText();
  const pairs = detailPairs(item.props);
  return (
    <div className="happening">
      <time dateTime={item.at} className="num">{clock(item.at)}</time>
      <span className={`badge ${item.group}`}><Icon name={own[item.kind] ?? icons[item.group] ?? "stage"} size={16} /></span>
      <details>
        <summary>
          <b>{lang === "en" ? item.en : item.zh}</b>
          {item.amount_fen !== 0 && <span className="num">{money(item.amount_fen)}</span>}
          <span className="dim">{saidOf(pairs)}</span>
          {item.late && <span className="chip gold">{t("timeline.late")}</span>}
        </summary>
        <dl className="raw">
          <dt>{t("timeline.kind")}</dt><dd><code>{item.kind}</code></dd>
          <dt>{t("timeline.received")}</dt><dd className="num">{dateTime(item.received_at)}</dd>
          {item.source && (<><dt>{t("events.source")}</dt><dd>{item.source}</dd></>)}
          {pairs.map(([key, value]) => [<dt key={key}>{key}</dt>, <dd key={`${key}:`}>{value}</dd>])}
        </dl>
      </details>
    </div>
  );
}
