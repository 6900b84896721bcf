import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import type { PersonData } from "./Person";
import { shownValue, type Def } from "./values";

const AttributeSheet = lazy(() => import("./AttributeSheet"));

/// What is known, which source said it, and a form for what an operator learns.
export function AttributeCard({ person, onReveal }: { person: PersonData; onReveal: (field: string) => void }) {
  const { t, tr, lang, money, dateTime } = useText();
  const may = useMay();
  const defs = useGet("/v1/attributes", {}, { staleTime: 60_000 });
  const [open, setOpen] = useState<boolean>(); // undefined: never opened, and not fetched
  const all = defs.data?.data ?? [];
  const defOf = (key: string) => all.find((def) => def.key === key);
  const label = (def: Def) => (lang === "en" ? def.en : def.zh);
  return (
    <Card title={t("nav.attributes")} actions={may("person.write") && <Button size="small" type="text" icon={<Icon name="edit" size={15} />} onClick={() => setOpen(true)}>{t("do.edit")}</Button>}>
      {person.attributes.length === 0 && <p className="dim">{t("person.no_attributes")}</p>}
      <dl className="facts">
        {person.attributes.map((one) => {
          const def = defOf(one.key);
          return [
            <dt key={one.key}>{def ? label(def) : one.key}</dt>,
            <dd key={`${one.key}:`} title={t("person.said", { source: one.source, at: dateTime(one.at) })}>
              {shownValue(def, one.value, { money, tr })}
              {def?.sensitive && may("person.reveal") && (
                <button type="button" className="define" aria-label={t("reveal.field", { name: label(def) })} onClick={() => onReveal(one.key)}><Icon name="eye" size={14} /></button>
              )}
            </dd>,
          ];
        })}
      </dl>
      {open !== undefined && <Suspense fallback={null}><AttributeSheet open={open} defs={all} person={person} onClose={() => setOpen(false)} /></Suspense>}
    </Card>
  );
}
