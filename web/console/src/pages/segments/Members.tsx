/// Who is in, since when, and why.
import { Button } from "antd";
import { useState } from "react";
import type { RowOf } from "@/app/lists";
import { useList } from "@/app/lists";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { PersonLink, StagePill, TagChip } from "@/parts/people";
import { Rows } from "@/parts/Rows";
import { useWords, type Segment } from "./door";
import { reasonOf } from "./reasons";
import { WhyDrawer } from "./Why";
import { named } from "./words";

type Row = RowOf<"/v1/segments/{segment}/people">;

export default function Members({ segment }: { segment: Segment }) {
  const { t, tr, lang, exact, money, dateTime, day } = useText();
  const [why, setWhy] = useState<Row>();
  const list = useList("/v1/segments/{segment}/people", { path: { segment: segment.id }, query: { limit: 50 } }, (row) => row.id, { refetchInterval: 30_000, cursor: "cursor" });
  const events = useWords().data?.events;
  const said = (reason: string | null) => {
    const { key, detail: kind } = reasonOf(reason);
    const word = events?.find((one) => one.name === kind);
    const detail = word ? named(word, lang) : kind;
    return key ? `${tr("seg.reason.", key)}${detail ? ` · ${detail}` : ""}` : "–";
  };
  return (
    <Card flush>
      <Rows<Row> label={t("seg.tab.people")} rowKey="id" list={list} empty={{ title: t("seg.members.none"), text: t("seg.members.none.text") }}
        columns={[
          { title: t("people.name"), key: "who", render: (_, row) => <PersonLink id={row.id} name={row.name} /> },
          { title: t("seg.entered_at"), key: "at", render: (_, row) => <span className="num">{row.entered_at ? dateTime(row.entered_at) : "–"}</span> },
          { title: t("seg.reason"), key: "reason", render: (_, row) => said(row.reason) },
          { title: t("people.column.stage"), key: "stage", render: (_, row) => <StagePill stage={row.stage} /> },
          { title: t("people.column.tags"), key: "tags", render: (_, row) => <span className="row" style={{ flexWrap: "nowrap" }}>{row.tags.slice(0, 2).map((tag) => <TagChip key={tag.tag} name={tag.name} color={tag.color} />)}</span> },
          { title: t("people.column.orders"), key: "orders", align: "right", render: (_, row) => <span className="num">{exact(row.orders)}</span> },
          { title: t("people.column.paid"), key: "paid", align: "right", render: (_, row) => <span className="num">{money(row.paid_fen)}</span> },
          { title: t("people.column.last_paid"), key: "last", render: (_, row) => <span className="num">{day(row.last_paid_at)}</span> },
          { title: <span className="visually-hidden">{t("seg.why")}</span>, key: "why", align: "right", render: (_, row) => <Button size="small" onClick={() => setWhy(row)} aria-label={t("seg.why.of", { name: row.name || t("person.unnamed") })}>{t("seg.why")}</Button> },
        ]} />
      {why && <WhyDrawer segment={segment} person={why} onClose={() => setWhy(undefined)} />}
    </Card>
  );
}
