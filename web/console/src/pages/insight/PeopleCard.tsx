import { Link } from "@tanstack/react-router";
import { Button } from "antd";
import { useMemo, type ReactNode } from "react";
import { usePeople } from "@/app/people";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { StagePill, TagChip } from "@/parts/people";
import { Rows } from "@/parts/Rows";
import { SomeoneLink } from "./Someone";

interface Someone { person_id: string }
interface Ids {
  data: Someone[] | undefined;
  error: unknown;
  refetch: () => unknown;
  more?: boolean;
  fetchMore?: () => void;
  fetchingMore?: boolean;
}
const LISTED_AT_ONCE = 100; // ids that the people list takes

/// People by their ids, as the people list knows them.
export function PeopleCard({ title, note, list, actions, onClose }: { title: string; note?: string; list: Ids; actions?: ReactNode; onClose?: () => void }) {
  const { t, exact, money, day } = useText();
  const may = useMay();
  const ids = useMemo(() => list.data?.map((row) => row.person_id), [list.data]);
  const people = usePeople(ids);
  const of = (row: Someone) => people?.get(row.person_id);
  return (
    <Card flush>
      <header className="flush-head">
        <h2>{title}</h2>
        {note && <span className="dim num">{note}</span>}
        <span className="row" style={{ marginLeft: "auto" }}>
          {actions}
          {may("person.read") && !!ids?.length && <Link to="/customers" search={{ ids: ids.slice(0, LISTED_AT_ONCE).join(",") } as never}>{t("drill.list")}</Link>}
          {onClose && <Button size="small" type="text" onClick={onClose}>{t("do.close")}</Button>}
        </span>
      </header>
      <Rows<Someone> label={t("drill.people")} rowKey="person_id" list={list} empty={{ title: t("people.none") }}
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
