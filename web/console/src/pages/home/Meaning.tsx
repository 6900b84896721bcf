import { Link } from "@tanstack/react-router";
import { useGet } from "@/app/queries";
import { Define } from "@/parts/Define";
import { Loaded } from "@/parts/States";
import { useText } from "@/i18n/use";

/// A metric's frozen definition, its formula and version, when it was true, and the people behind it.
export function Meaning({ metric, asOf, drill }: { metric: string; asOf?: string; drill?: string | null }) {
  const { tr } = useText();
  return (
    <Define title={tr("metric.", metric)}>
      <Text metric={metric} asOf={asOf} drill={drill} />
    </Define>
  );
}

function Text({ metric, asOf, drill }: { metric: string; asOf?: string; drill?: string | null }) {
  const { t, lang, dateTime } = useText();
  const all = useGet("/v1/metrics", {}, { staleTime: Infinity });
  return (
    <Loaded query={all} lines={2}>
      {({ data }) => {
        const found = data.find((one) => one.name === metric);
        if (!found) return null;
        return (
          <>
            <p>{lang === "en" ? found.definition_en : found.definition_zh}</p>
            <code>{found.formula}</code>
            <p className="dim">{t("home.version", { version: found.version })}{asOf && ` · ${t("app.as_of", { at: dateTime(asOf) })}`}</p>
            {drill && <Link to="/drill" search={{ metric } as never}>{t("home.drill")} →</Link>}
          </>
        );
      }}
    </Loaded>
  );
}
