/// What the segment's tag would change, and then does.
import { Button, Modal } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct } from "@/app/queries";
import { useText } from "@/i18n/use";
import { asProblem, Bones, Failure } from "@/parts/States";
import { useQuery } from "@tanstack/react-query";
import type { Segment } from "./door";

type Change = ReplyOf<"/v1/segments/{segment}/backfill", "post">;

export default function Backfill({ segment, onClose }: { segment: Segment; onClose: () => void }) {
  const { t, exact } = useText();
  const [done, setDone] = useState<Change>();
  const path = { segment: segment.id };
  const look = useQuery({ queryKey: ["/v1/segments/{segment}/backfill", segment.id, segment.ver], staleTime: 0, queryFn: async () => (await api.post("/v1/segments/{segment}/backfill", { path, body: { dry_run: true } })).data });
  const act = useAct((_: void, key) => api.post("/v1/segments/{segment}/backfill", { path, body: { dry_run: false }, key }), { touches: ["/v1/tags", "/v1/people"], done: (answer) => setDone(answer.data) });
  const shown = done ?? look.data;
  return (
    <Modal open onCancel={onClose} title={t("seg.backfill.title", { tag: segment.tag })}
      footer={done ? <Button type="primary" onClick={onClose}>{t("do.close")}</Button> : <><Button onClick={onClose}>{t("do.cancel")}</Button><Button type="primary" disabled={!look.data || look.data.give + look.data.take === 0} loading={act.isPending} onClick={() => act.mutate()}>{t("seg.backfill.do")}</Button></>}>
      <p className="dim">{done ? (done.left > 0 ? t("seg.backfill.left", { count: exact(done.left) }) : t("seg.backfill.done")) : t("seg.backfill.text")}</p>
      {look.error && <Failure problem={asProblem(look.error)} retry={() => void look.refetch()} />}
      {shown ? <dl className="figures">{(["give", "take", "keep"] as const).map((key) => <div key={key}><dt>{t(key === "give" ? "seg.backfill.give" : key === "take" ? "seg.backfill.take" : "seg.backfill.keep")}</dt><dd className="num">{exact(shown[key])}</dd></div>)}</dl> : !look.error && <Bones lines={2} />}
    </Modal>
  );
}
