import { App, Button } from "antd";
import { api, type ReplyOf } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { IdentityGraph } from "@/charts/IdentityGraph";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Loaded } from "@/parts/States";
import type { PersonData } from "./Person";

type Identity = ReplyOf<"/v1/people/{person}/identity", "get">;

/// "wx_openid:wx123" is an openid of an app: the part before the colon says what kind it is.
export function kindOf(ns: string): [string, string] {
  const at = ns.indexOf(":");
  return at < 0 ? [ns, ""] : [ns.slice(0, at), ns.slice(at + 1)];
}

/// What leads to this person, and who was merged into them; a merge can be taken back exactly.
export function IdentityCard({ person }: { person: PersonData }) {
  const { t } = useText();
  const identity = useGet("/v1/people/{person}/identity", { path: { person: person.id } });
  return <Card title={t("identity.title")} note={t("identity.text")}><Loaded query={identity}>{(found) => <Graph person={person} identity={found} />}</Loaded></Card>;
}

function Graph({ person, identity }: { person: PersonData; identity: Identity }) {
  const { t, tr, day, dateTime } = useText();
  const { modal } = App.useApp();
  const may = useMay();
  const unmerge = useAct((node: string) => api.post("/v1/people/{person}/unmerge", { path: { person: person.id }, body: { node, reason: "by hand" } }),
    { touches: ["/v1/people/{person}", "/v1/people/{person}/identity", "/v1/people"] });
  const name = (ns: string) => {
    const [kind, app] = kindOf(ns);
    return app ? `${tr("ns.", kind)} · ${app}` : tr("ns.", kind);
  };
  const nodes = identity.identifiers.map((one) => ({ id: `${one.ns} ${one.value}`, kind: tr("ns.", kindOf(one.ns)[0]), text: one.value, strong: one.verified }));
  const merged = identity.edges;
  const ask = (id: string) => modal.confirm({ title: t("identity.unmerge.ask"), content: t("identity.unmerge.text"), okText: t("identity.unmerge"), okButtonProps: { danger: true }, onOk: () => unmerge.mutateAsync(id).catch(() => {}) });
  return (
    <div className="stack">
      {nodes.length > 0 && <IdentityGraph nodes={nodes} centre={person.name || "?"} label={t("identity.graph", { count: nodes.length })} />}
      <dl className="facts">
        {identity.identifiers.map((one) => [
          <dt key={`${one.ns} ${one.value}`}>{name(one.ns)}</dt>,
          <dd key={`${one.ns} ${one.value}:`} title={one.evidence}><span className="mono">{one.value}</span> {!one.verified && <span className="chip plain">{t("identity.observed")}</span>} <span className="dim num">{day(one.first_at)}</span></dd>,
        ])}
      </dl>
      {merged.length > 0 && (
        <div>
          <h3>{t("identity.merged")}</h3>
          <ul className="moves">
            {merged.map((edge) => (
              <li key={edge.node} className="row between">
                <span><code>{edge.node}</code> <span className="dim">{dateTime(edge.at)} · {t(edge.by_user ? "tag.source.manual" : "tag.source.rule")} · {edge.evidence}</span></span>
                {may("person.merge") && <Button size="small" onClick={() => ask(edge.node)}>{t("identity.unmerge")}</Button>}
              </li>
            ))}
          </ul>
        </div>
      )}
      {identity.undone.length > 0 && (
        <ul className="moves dim">
          {identity.undone.map((edge) => <li key={`${edge.node}${edge.at}`}>{t("identity.undone", { at: dateTime(edge.revoked_at), node: edge.node })}</li>)}
        </ul>
      )}
    </div>
  );
}
