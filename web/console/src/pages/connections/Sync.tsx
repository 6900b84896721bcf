/// How far the corp is in step: the walk that is on, what it found, whose word stands about tags.
import { Button, Segmented } from "antd";
import { Link } from "@tanstack/react-router";
import { api, type ReplyOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { Loaded, Nothing } from "@/parts/States";
import { TONE, TOUCHED, type Run } from "./door";

type Diff = ReplyOf<"/v1/channels/wecom/{corp}/sync-diffs", "get">["data"][number];
type Conflict = ReplyOf<"/v1/channels/wecom/{corp}/tag-conflicts", "get">["data"][number];

export function Sync({ corp }: { corp: string }) {
  const { t, tr } = useText();
  const may = useMay();
  const path = { corp };
  const query = useGet("/v1/channels/wecom/{corp}/sync", { path }, { refetchInterval: 1_500 });
  const start = useAct(() => api.post("/v1/channels/wecom/{corp}:sync", { path }), { touches: [...TOUCHED] });
  const rule = useAct((value: string) => api.put("/v1/channels/wecom/{corp}/tag-rule", { path, body: { rule: value } as never }), { touches: [...TOUCHED] });
  const on = query.data?.run?.state === "running";
  return (
    <div className="stack">
      <Card title={t("conn.sync")} note={t("conn.sync.note")} actions={may("channel.sync") && <Button type="primary" disabled={on} loading={start.isPending} icon={<Icon name="refresh" size={15} />} onClick={() => start.mutate(undefined)}>{t("conn.sync.go")}</Button>}>
        <Loaded query={query} lines={4}>
          {(sync) => !sync.run ? <Nothing title={t("conn.sync.none")} text={t("conn.sync.none.text")} /> : (
            <div className="stack tight">
              <Progress run={sync.run} />
              {sync.troubles.length > 0 && <ul className="conn-refused">{sync.troubles.map((one) => <li key={one.userid}><b>{one.userid}</b><code>{one.error}</code></li>)}</ul>}
              {sync.earlier.map((one) => <Past key={one.id} run={one} />)}
              {may("channel.write") && <p className="row"><span>{t("conn.tag_rule")}</span><Segmented size="small" aria-label={t("conn.tag_rule")} value={sync.tag_rule} onChange={(value) => rule.mutate(value)} options={["platform", "ours"].map((value) => ({ value, label: tr("conn.tag_rule.", value) }))} /></p>}
            </div>
          )}
        </Loaded>
      </Card>
      <Diffs corp={corp} />
      <Conflicts corp={corp} />
    </div>
  );
}

function Progress({ run }: { run: Run }) {
  const { t, tr, exact, dateTime } = useText();
  const share = run.state === "done" ? 1 : run.staff_total > 0 ? (run.staff_done + run.staff_failed) / run.staff_total : 0;
  return (
    <div>
      <p className="row between"><span><span className={`chip ${TONE[run.state]}`}>{tr("conn.run.", run.state)}</span> {tr("conn.kind.", run.kind)} · {tr("conn.phase.", run.phase)}</span><span className="num dim">{dateTime(run.started_at)}</span></p>
      <progress className="thin" max={1} value={share} aria-label={t("conn.sync")} />
      <p className="dim num">{t("conn.sync.sums", { staff: exact(run.staff_done), total: exact(run.staff_total), customers: exact(run.customers), rate: exact(run.customers_per_second), chats: exact(run.chats) })} · {t("conn.sync.found", { added: exact(run.added), gone: exact(run.gone), changed: exact(run.changed) })}</p>
      {run.error && <p><code>{run.error}</code></p>}
    </div>
  );
}

function Past({ run }: { run: Run }) {
  const { t, tr, exact, dateTime } = useText();
  return <p className="row between dim"><span>{dateTime(run.started_at)} · {tr("conn.kind.", run.kind)} · {tr("conn.run.", run.state)}</span><span className="num">{t("conn.sync.found", { added: exact(run.added), gone: exact(run.gone), changed: exact(run.changed) })}</span></p>;
}

function Diffs({ corp }: { corp: string }) {
  const { t, tr, dateTime } = useText();
  const list = useList("/v1/channels/wecom/{corp}/sync-diffs", { path: { corp }, query: { limit: 50 } }, (row) => `${row.run}${row.kind}${row.userid}${row.external_userid}`, { cursor: "cursor" });
  return (
    <Card flush>
      <div className="flush-head"><h2>{t("conn.diffs")}</h2><span className="dim">{t("conn.diffs.note")}</span></div>
      <Rows<Diff> label={t("conn.diffs")} rowKey={(row) => `${row.run}${row.kind}${row.userid}${row.external_userid}`} list={list} empty={{ title: t("conn.diffs.none"), text: t("conn.diffs.none.text") }}
        columns={[
          { title: t("conn.diff.kind"), key: "kind", render: (_, one) => tr("conn.diff.", one.kind) },
          { title: t("conn.diff.who"), key: "who", render: (_, one) => <span className="conn-name"><Link to="/customers/$id" params={{ id: one.person_id }}>{one.external_userid}</Link><small>{one.userid}</small></span> },
          { title: t("conn.diff.before"), key: "before", render: (_, one) => one.before || "–" },
          { title: t("conn.diff.now"), key: "now", render: (_, one) => one.now || "–" },
          { title: t("conn.push.at"), key: "at", render: (_, one) => <span className="num">{dateTime(one.at)}</span> },
        ]} />
    </Card>
  );
}

function Conflicts({ corp }: { corp: string }) {
  const { t, tr, dateTime } = useText();
  const list = useList("/v1/channels/wecom/{corp}/tag-conflicts", { path: { corp }, query: { limit: 50 } }, (row) => `${row.platform_id}${row.at}`, { cursor: "cursor" });
  if (!list.data?.length) return null;
  return (
    <Card flush>
      <div className="flush-head"><h2>{t("conn.conflicts")}</h2></div>
      <Rows<Conflict> label={t("conn.conflicts")} rowKey={(row) => `${row.platform_id}${row.at}`} list={list} empty={{ title: t("conn.conflicts") }}
        columns={[
          { title: t("conn.conflict.agreed"), dataIndex: "agreed", key: "agreed" },
          { title: t("conn.conflict.platform"), dataIndex: "platform_says", key: "platform" },
          { title: t("conn.conflict.ours"), dataIndex: "we_say", key: "ours" },
          { title: t("conn.conflict.winner"), key: "winner", render: (_, one) => tr("conn.tag_rule.", one.winner) },
          { title: t("conn.push.at"), key: "at", render: (_, one) => <span className="num">{dateTime(one.at)}</span> },
        ]} />
    </Card>
  );
}
