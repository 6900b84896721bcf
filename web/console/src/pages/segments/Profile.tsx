/// How the people of a segment differ from everybody: shares side by side, and how many times more.
import { useGet } from "@/app/queries";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Loaded, Nothing } from "@/parts/States";
import type { Segment } from "./door";
import { compared } from "./shares";

const SHOWN = 10;
export default function Profile({ segment }: { segment: Segment }) {
  const { t, tr, lang, exact, percent } = useText();
  const profile = useGet("/v1/segments/{segment}/profile", { path: { segment: segment.id } }, { staleTime: 60_000 });
  return (
    <Loaded query={profile} lines={8}>
      {(found) => found.size === 0 ? <Card><Nothing title={t("seg.members.none")} text={t("seg.members.none.text")} /></Card> : (
        <>
          <p className="dim seg-note">{t("seg.profile.text", { size: exact(found.size), of: exact(found.of) })}</p>
          <div className="seg-cuts">
            {found.cuts.filter((cut) => cut.data.length > 0).map((cut) => {
              const rows = cut.data.map((one) => ({ ...one, ...compared(one, found.size, found.of) })).slice(0, SHOWN);
              const widest = Math.max(0.01, ...rows.map((one) => Math.max(one.share, one.base)));
              const name = (one: (typeof rows)[number]) => (lang === "en" ? one.en : one.zh) || (cut.name === "stage" ? tr("stage.", one.value) : one.value) || t("seg.profile.none");
              return (
                <Card key={cut.name} title={lang === "en" ? cut.en : cut.zh}>
                  <table className="seg-profile">
                    <thead className="visually-hidden"><tr><th>{t("seg.profile.value")}</th><th>{t("seg.profile.share")}</th><th>{t("seg.profile.index")}</th></tr></thead>
                    <tbody>
                      {rows.map((one) => (
                        <tr key={one.value}>
                          <th scope="row">{name(one)}</th>
                          <td><div className="seg-pair" title={t("seg.profile.tip", { inside: exact(one.inside), share: percent(one.share * 10_000), base: percent(one.base * 10_000) })}><i className="a" style={{ width: `${(one.share / widest) * 100}%` }} /><i className="b" style={{ width: `${(one.base / widest) * 100}%` }} /></div><span className="num">{percent(one.share * 10_000)} <small className="dim">{percent(one.base * 10_000)}</small></span></td>
                          <td className={`num ${one.index === null ? "" : one.index >= 120 ? "over" : one.index <= 80 ? "under" : ""}`}>{one.index === null ? "–" : exact(one.index)}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </Card>
              );
            })}
          </div>
        </>
      )}
    </Loaded>
  );
}
