import { Button } from "antd";
import { useMemo } from "react";
import type { QueryOf } from "@shared/client";
import { useList } from "@/app/lists";
import { IDS_A_PAGE, usePeople } from "@/app/people";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { StagePill, TagChip } from "@/parts/people";
import { Rows } from "@/parts/Rows";
import { SomeoneLink, type Behind } from "./Someone";

/// The people behind a number, as the people list knows them.
export function DrillCard({ title, query, onClose }: { title: string; query: Omit<QueryOf<"/v1/insight/drill", "get">, "limit" | "after">; onClose?: () => void }) {
  const { t, exact, money, day } = useText();
  const list = useList("/v1/insight/drill", { query: { ...query, limit: IDS_A_PAGE } as never }, (row) => row.person_id);
  const people = usePeople(useMemo(() => list.data?.map((row) => row.person_id), [list.data]));
  const of = (row: Behind) => people?.get(row.person_id);
  return (
    <Card flush>
      <header className="flush-head"><h2>{title}</h2>{onClose && <Button size="small" type="text" style={{ marginLeft: "auto" }} onClick={onClose}>{t("do.close")}</Button>}</header>
      <Rows<Behind> label={title} rowKey="person_id" list={list} empty={{ title: t("people.none") }}
        columns={[
          { title: t("people.name"), key: "who", render: (_, row) => <SomeoneLink id={row.person_id} people={people} /> },
          { title: t("people.column.phone"), key: "phone", render: (_, row) => <span className="num">{of(row)?.phone || "–"}</span> },
          { title: t("people.column.stage"), key: "stage", render: (_, row) => of(row) ? <StagePill stage={of(row)!.stage} /> : "–" },
          { title: t("people.column.tags"), key: "tags", render: (_, row) => <span className="row" style={{ flexWrap: "nowrap" }}>{of(row)?.tags.slice(0, 3).map((tag) => <TagChip key={tag.tag} name={tag.name} color={tag.color} />)}</span> },
          { title: t("people.column.orders"), key: "orders", align: "right", render: (_, row) => <span className="num">{exact(of(row)?.orders)}</span> },
          { title: t("people.column.paid"), key: "paid", align: "right", render: (_, row) => <span className="num">{money(of(row)?.paid_fen)}</span> },
          { title: t("people.column.last_paid"), key: "last", render: (_, row) => <span className="num">{day(of(row)?.last_paid_at)}</span> },
        ]} />
    </Card>
  );
}
