import { Link } from "@tanstack/react-router";
import { useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Loaded } from "@/parts/States";

/// Which live and fixed segments the person is in now, and since when.
export function SegmentCard({ person }: { person: string }) {
  const may = useMay();
  return may("segment.read") ? <Held person={person} /> : null;
}

function Held({ person }: { person: string }) {
  const { t, tr, day, dateTime } = useText();
  const held = useGet("/v1/people/{person}/segments", { path: { person } }, { refetchInterval: 30_000 });
  return (
    <Card title={t("person.segments")} note={t("person.segments.text")}>
      <Loaded query={held}>{({ data }) => data.length === 0 ? <p className="dim">{t("person.segments.none")}</p> : (
        <ul className="held">
          {data.map((one) => (
            <li key={one.id}>
              <Link to="/segments/$id" params={{ id: one.id }}>{one.name}</Link>
              <span className="chip plain">{tr("person.segments.", one.mode)}</span>
              {one.filling && <span className="chip warn">{t("person.segments.filling")}</span>}
              <span className="dim num">{one.since ? <time dateTime={one.since} title={dateTime(one.since)}>{t("person.segments.since", { day: day(one.since) })}</time> : t("person.segments.always")}</span>
            </li>
          ))}
        </ul>
      )}</Loaded>
    </Card>
  );
}
