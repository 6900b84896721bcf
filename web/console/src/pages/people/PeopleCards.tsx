import { Link } from "@tanstack/react-router";
import { Button } from "antd";
import { useText } from "@/i18n/use";
import { Monogram, StagePill, TagChip } from "@/parts/people";
import type { PersonRow } from "./PeopleList";

/// The list on a phone: a card a person.
export function PeopleCards({ rows, more, onMore, busy }: { rows: PersonRow[]; more: boolean; onMore: () => void; busy: boolean }) {
  const { t, money, exact, day } = useText();
  return (
    <>
      <ul className="people-cards">
        {rows.map((row) => (
          <li key={row.id}>
            <Link to="/customers/$id" params={{ id: row.id }} className="card person-link">
              <span className="row between">
                <span className="row"><Monogram name={row.name} size={28} /><b>{row.name || t("person.unnamed")}</b></span>
                <StagePill stage={row.stage} />
              </span>
              <span className="row between dim">
                <span className="num">{row.phone || row.member_no || day(row.created_at)}</span>
                <span className="num">{t("people.card", { orders: exact(row.orders), paid: money(row.paid_fen) })}</span>
              </span>
              {row.tags.length > 0 && <span className="row">{row.tags.slice(0, 4).map((tag) => <TagChip key={tag.tag} name={tag.name} color={tag.color} />)}</span>}
            </Link>
          </li>
        ))}
      </ul>
      {more && <div className="more"><Button onClick={onMore} loading={busy}>{t("do.more")}</Button></div>}
    </>
  );
}
