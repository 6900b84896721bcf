/// Conversations that took place, and one of them opened: each look is written into the audit log.
import { Button, Drawer, Input, Select } from "antd";
import { useEffect, useState } from "react";
import { api, type Problem, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { PersonLink } from "@/parts/people";
import { Rows } from "@/parts/Rows";
import { asProblem, Bones, Failure } from "@/parts/States";
import "./archive.css";

type Talk = ReplyOf<"/v1/archive/conversations", "get">["data"][number];
type Said = ReplyOf<"/v1/people/{person}/conversation", "post">["data"][number];
const keyOf = (row: Talk) => `${row.person_id}${row.staff_id ?? ""}${row.room}`;

export function Talks({ query, person }: { query: Record<string, string>; person?: string }) {
  const { t, exact, ago } = useText();
  const open = useMay()("archive.open");
  const list = useList("/v1/archive/conversations", { query: { ...query, ...(person && { person }), limit: 50 } as never }, keyOf, { cursor: "cursor" });
  const [shown, setShown] = useState<Talk>();
  return (
    <>
      <Rows<Talk> label={t("nav.archive")} rowKey={keyOf} list={list} empty={{ title: t("archive.none"), text: t("archive.none.text") }}
        columns={[
          ...(person ? [] : [{ title: t("archive.customer"), key: "who", render: (_: unknown, row: Talk) => <PersonLink id={row.person_id} name={row.person_name} /> }]),
          { title: t("archive.with"), key: "with", render: (_, row) => row.staff_name || (row.room ? t("archive.room") : "–") },
          { title: t("archive.messages"), key: "n", align: "right", render: (_, row) => <span className="num">{exact(row.messages)}</span> },
          { title: t("archive.kept"), key: "kept", align: "right", render: (_, row) => <span className="num">{exact(row.kept)}</span> },
          { title: t("archive.last"), key: "last", render: (_, row) => ago(row.last_at) },
          ...(open ? [{ title: "", key: "open", render: (_: unknown, row: Talk) => <Button size="small" onClick={() => setShown(row)}>{t("archive.open")}</Button> }] : []),
        ]} />
      <Drawer open={!!shown} onClose={() => setShown(undefined)} width={520} title={shown && `${shown.person_name || t("person.unnamed")} · ${shown.staff_name || t("archive.room")}`} destroyOnClose>
        {shown && <Thread key={keyOf(shown)} talk={shown} />}
      </Drawer>
    </>
  );
}

function Thread({ talk }: { talk: Talk }) {
  const { t } = useText();
  const [words, setWords] = useState("");
  const [said, setSaid] = useState<Said[]>();
  const [more, setMore] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const look = async (contains: string, before?: string) => {
    setProblem(undefined);
    try {
      const found = (await api.post("/v1/people/{person}/conversation", { path: { person: talk.person_id }, body: { staff: talk.staff_id ?? undefined, room: talk.room || undefined, contains: contains || undefined, before, limit: 50 } as never })).data;
      setSaid((was) => [...(before ? was ?? [] : []), ...found.data]);
      setMore(found.more);
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  useEffect(() => void look(""), []);
  return (
    <div className="stack">
      <p className="dim">{t("archive.audited")}</p>
      <Input.Search value={words} onChange={(event) => setWords(event.target.value)} onSearch={(text) => { setSaid(undefined); void look(text); }} placeholder={t("archive.search")} aria-label={t("archive.search")} maxLength={50} allowClear />
      {problem && <Failure problem={problem} retry={() => void look(words)} />}
      {!said && !problem && <Bones lines={6} />}
      {said?.length === 0 && <p className="dim">{t("archive.nothing")}</p>}
      {more && said && <Button size="small" onClick={() => void look(words, said.at(-1)!.at)}>{t("archive.earlier")}</Button>}
      {said && <ol className="archive-thread">{said.toReversed().map((one) => <Line key={one.id} one={one} />)}</ol>}
    </div>
  );
}

const KINDS = ["text", "markdown", "image", "voice", "video", "file", "emotion", "card", "location", "link", "weapp", "chatrecord", "mixed"];

function Line({ one }: { one: Said }) {
  const { t, tr, dateTime } = useText();
  const kind = tr("archive.kind.", KINDS.includes(one.kind) ? one.kind : "other");
  const text = one.state === "kept" ? one.text || `[${kind}]` : `${tr("archive.state.", one.state)} · ${kind}`;
  return (
    <li className={one.by_customer ? "from-customer" : "from-staff"}>
      <span className="dim num">{t(one.by_customer ? "archive.customer" : "archive.staff")} · {dateTime(one.at)}{one.revoked_at && ` · ${t("archive.revoked")}`}</span>
      <p className={one.state === "kept" ? undefined : "dim"}>{text}</p>
    </li>
  );
}

/// What kinds a filter offers.
export function KindSelect({ value, onChange }: { value?: string; onChange: (value?: string) => void }) {
  const { t, tr } = useText();
  return <Select allowClear value={value} onChange={onChange} placeholder={t("archive.kind")} aria-label={t("archive.kind")} style={{ minWidth: 140 }} options={KINDS.map((one) => ({ value: one, label: tr("archive.kind.", one) }))} />;
}
