import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { Loaded } from "@/parts/States";
import type { PersonData } from "./Person";

const ConsentSheet = lazy(() => import("./ConsentSheet"));

/// What the person agreed to and took back, by channel and purpose; the last word counts, nothing is erased.
export function ConsentCard({ person }: { person: PersonData }) {
  const { t, tr, day, dateTime } = useText();
  const may = useMay();
  const [open, setOpen] = useState<boolean>(); // undefined: never opened, and not fetched
  const [past, setPast] = useState(false);
  const history = useGet("/v1/people/{person}/consent", { path: { person: person.id } }, { enabled: past });

  return (
    <Card title={t("consent.title")} actions={may("consent.write") && <Button size="small" type="text" icon={<Icon name="plus" size={15} />} onClick={() => setOpen(true)}>{t("consent.record")}</Button>}>
      {person.consent.length === 0 && <p className="dim">{t("consent.none")}</p>}
      <ul className="moves">
        {person.consent.map((one) => (
          <li key={`${one.channel}${one.purpose}`}>
            <span className={`chip ${one.granted ? "good" : "bad"}`}><Icon name={one.granted ? "check" : "close"} size={13} />{t(one.granted ? "consent.granted" : "consent.withdrawn")}</span>
            <span>{tr("consent.channel.", one.channel)} · {tr("consent.purpose.", one.purpose)}</span>
            <span className="dim num" title={one.evidence}>{day(one.at)}</span>
          </li>
        ))}
      </ul>
      {may("consent.read") && <Button size="small" type="text" style={{ marginTop: 8 }} aria-expanded={past} onClick={() => setPast(!past)}>{t("consent.past")}</Button>}
      {past && (
        <Loaded query={history} lines={3}>
          {(found) => (
            <ul className="moves dim">
              {found.past.map((one, index) => (
                <li key={index}>{dateTime(one.at)} {t(one.granted ? "consent.granted" : "consent.withdrawn")} {tr("consent.channel.", one.channel)} · {tr("consent.purpose.", one.purpose)} {one.evidence}</li>
              ))}
            </ul>
          )}
        </Loaded>
      )}
      <Suspense fallback={null}>{open !== undefined && <ConsentSheet open={open} person={person} onClose={() => setOpen(false)} />}</Suspense>
    </Card>
  );
}
