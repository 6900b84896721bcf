/// One tag for everybody the filters select: first the count, then the work in the background, then a way back.
import { Button, Form, Modal, Progress, Radio, Select } from "antd";
import { useEffect, useState } from "react";
import { api } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useText } from "@/i18n/use";
import { asProblem, Failure } from "@/parts/States";
import type { Filter } from "./filters";
import { useTagNames } from "./tags";

export default function BulkTag({ open, filter, onClose }: { open: boolean; filter: Filter; onClose: () => void }) {
  const { t, tr, exact } = useText();
  const tags = useTagNames(open);
  const [verb, setVerb] = useState<"add" | "remove">("add");
  const [tag, setTag] = useState<string>();
  const [job, setJob] = useState<string>();
  const preview = useGet("/v1/people/count", { query: filter as never }, { enabled: open });
  const start = useAct(() => api.post("/v1/people/bulk-tag", { body: { filter, verb, tag_id: tag! } as never }), { done: (reply) => setJob(reply.data.id), quiet: true });
  const undo = useAct(() => api.post("/v1/people/bulk-tag/{job}/undo", { path: { job: job! } }), { touches: ["/v1/people/bulk-tag/{job}"] });
  const running = useGet("/v1/people/bulk-tag/{job}", { path: { job: job ?? "" } }, {
    enabled: !!job,
    refetchInterval: (query) => (["running", "undoing"].includes(query.state.data?.state ?? "running") ? 700 : false),
  });
  const lists = useAct(async () => {}, { touches: ["/v1/people", "/v1/tags"] });
  const state = running.data?.state;

  useEffect(() => {
    if (state === "done" || state === "undone") lists.mutate(undefined);
  }, [state]);
  useEffect(() => {
    if (open) return;
    setJob(undefined);
    setTag(undefined);
    start.reset();
  }, [open]);

  const many = preview.data ? (preview.data.count > preview.data.cap ? `${exact(preview.data.cap)}+` : exact(preview.data.count)) : "…";
  const share = running.data && running.data.total > 0 ? Math.min(100, Math.round((running.data.done / running.data.total) * 100)) : 0;
  const over = state === "done" || state === "undone";

  return (
    <Modal open={open} onCancel={onClose} title={t("bulk.title")} footer={
      job ? (
        <div className="row" style={{ justifyContent: "flex-end" }}>
          {state === "done" && <Button loading={undo.isPending} onClick={() => undo.mutate(undefined)}>{t("do.undo")}</Button>}
          <Button type="primary" onClick={onClose}>{t(over ? "do.close" : "bulk.background")}</Button>
        </div>
      ) : (
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button onClick={onClose}>{t("do.cancel")}</Button>
          <Button type="primary" disabled={!tag || !preview.data?.count} loading={start.isPending} onClick={() => start.mutate(undefined)}>
            {t(verb === "add" ? "bulk.add" : "bulk.remove", { count: many })}
          </Button>
        </div>
      )
    }>
      {start.error && <Failure problem={asProblem(start.error)} />}
      {!job ? (
        <Form layout="vertical">
          <p className="dim" style={{ marginBottom: 14 }} aria-live="polite">{t("bulk.preview", { count: many })}</p>
          <Form.Item label={t("bulk.verb")}>
            <Radio.Group value={verb} onChange={(event) => setVerb(event.target.value)} options={(["add", "remove"] as const).map((value) => ({ value, label: tr("bulk.verb.", value) }))} />
          </Form.Item>
          <Form.Item label={t("bulk.tag")} htmlFor="bulk-tag">
            <Select id="bulk-tag" value={tag} onChange={setTag} options={tags.options} showSearch={{ optionFilterProp: "label" }} placeholder={t("bulk.tag.hint")} />
          </Form.Item>
        </Form>
      ) : (
        <div className="stack tight" aria-live="polite">
          <p>{tr("bulk.state.", state ?? "running")}</p>
          <Progress percent={over ? 100 : share} status={state === "failed" ? "exception" : over ? "success" : "active"} aria-label={t("bulk.title")} />
          <p className="dim">{t("bulk.progress", { done: exact(running.data?.done ?? 0), total: exact(running.data?.total ?? 0) })}</p>
        </div>
      )}
    </Modal>
  );
}
