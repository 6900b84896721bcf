/// The rule as it was judged for one person: what held, what was found, which events spoke for it.
import { Drawer } from "antd";
import { Link } from "@tanstack/react-router";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { asProblem, Bones, Failure } from "@/parts/States";
import { usePut, type Segment } from "./door";

/// A node of the judged rule: the server builds it clause by clause.
interface Reason { clause: string; sentence: { zh: string; en: string }; holds: boolean; found?: string | null; events: { kind: string; zh: string; en: string; at: string }[]; of: Reason[] }

export function WhyDrawer({ segment, person, onClose }: { segment: Segment; person: { id: string; name: string }; onClose: () => void }) {
  const { t, dateTime } = useText();
  const why = usePut("/v1/segments/why", { what: { segment: segment.id }, person: person.id }, true, false);
  const name = person.name || t("person.unnamed");
  return (
    <Drawer open onClose={onClose} size={560} title={t("seg.why.title", { name })}>
      {why.error ? <Failure problem={asProblem(why.error)} retry={() => void why.refetch()} /> : !why.data ? <Bones lines={6} /> : (
        <div className="stack">
          <p className="row"><span className={`chip ${why.data.in ? "good" : "plain"}`}>{t(why.data.in ? "seg.why.in" : "seg.why.out")}</span> <Link to="/customers/$id" params={{ id: person.id }}>{t("seg.why.person", { name })}</Link></p>
          <ul className="seg-why"><Judged reason={why.data.explained as Reason} /></ul>
          {why.data.next_look_at && <p className="dim"><Icon name="clock" size={14} /> {t("seg.why.next", { at: dateTime(why.data.next_look_at) })}</p>}
        </div>
      )}
    </Drawer>
  );
}

const GROUPS = ["all", "any", "none"];
export function Judged({ reason }: { reason: Reason }) {
  const { t, tr, lang, dateTime } = useText();
  const group = reason.of.length > 0 && GROUPS.includes(reason.clause);
  return (
    <li data-holds={reason.holds}>
      <p>
        <Icon name={reason.holds ? "check" : "close"} size={15} />
        <span className="visually-hidden">{t(reason.holds ? "seg.why.holds" : "seg.why.fails")}</span>
        <span>{group ? tr("seg.kind.", reason.clause) : (lang === "en" ? reason.sentence.en : reason.sentence.zh) || reason.clause}</span>
      </p>
      {!group && <p className="dim">{reason.found != null ? t("seg.why.found", { value: reason.found }) : reason.events.length === 0 ? t("seg.why.missing") : null}</p>}
      {reason.events.length > 0 && <ul className="seg-evidence">{reason.events.map((one, at) => <li key={at}><span>{(lang === "en" ? one.en : one.zh) || one.kind}</span><time className="num dim" dateTime={one.at}>{dateTime(one.at)}</time></li>)}</ul>}
      {reason.of.length > 0 && <ul>{reason.of.map((one, at) => <Judged key={at} reason={one} />)}</ul>}
    </li>
  );
}
