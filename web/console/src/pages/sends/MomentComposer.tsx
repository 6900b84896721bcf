/// What guides are asked to publish, and who sees it.
import { Button, Input, Select } from "antd";
import { useNavigate, useParams as usePath } from "@tanstack/react-router";
import { useState } from "react";
import { api, type Problem } from "@shared/client";
import { queries, useGet } from "@/app/queries";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { asProblem, Bones, Failure } from "@/parts/States";
import { Parts } from "../codes/Parts";
import { ChatPhone } from "../codes/Phone";
import { useWho } from "../codes/staff";
import { emptyMoment, MOMENT_TOUCHED, momentDraftOf, momentSpecOf, type Moment, type MomentDraft } from "./moments";
import "../codes/codes.css";
import "./sends.css";

const CHARS_MAX = 2000;

export default function MomentComposer() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id?: string };
  const query = useGet("/v1/moments/{moment}", { path: { moment: id ?? "" } }, { enabled: !!id });
  if (!id) return <Form initial={emptyMoment} />;
  if (query.data) return <Form initial={momentDraftOf(query.data)} moment={query.data} />;
  return <Page title={t("moment.edit")}>{query.error ? <Failure problem={asProblem(query.error)} retry={() => void query.refetch()} /> : <Card><Bones lines={10} /></Card>}</Page>;
}

function Form({ initial, moment }: { initial: MomentDraft; moment?: Moment }) {
  const { t } = useText();
  const go = useNavigate();
  const [draft, setDraft] = useState(initial);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<MomentDraft>) => setDraft((before) => ({ ...before, ...part }));
  const corps = useGet("/v1/channels/wecom");
  const tags = useGet("/v1/tags");
  const who = useWho();
  const corp = draft.corp ?? corps.data?.data[0]?.corp_id;
  const ready = !!corp && !!draft.name.trim() && (!!draft.text || draft.parts.length > 0) && draft.text.length <= CHARS_MAX;

  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const spec = momentSpecOf(draft);
      const saved = moment
        ? await api.put("/v1/moments/{moment}", { path: { moment: moment.id }, body: { spec }, version: moment.ver })
        : await api.post("/v1/moments", { body: { corp_id: corp!, spec } });
      await Promise.all(MOMENT_TOUCHED.map((path) => queries.invalidateQueries({ queryKey: [path] })));
      void go({ to: "/moments/$id", params: { id: saved.data.id } });
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Page title={t(moment ? "moment.edit" : "moment.new")} lead={t("moment.new.lead")}
      actions={<Button type="primary" disabled={!ready} loading={busy} onClick={() => void save()}>{t("moment.save")}</Button>}>
      {problem && <Failure problem={problem} />}
      <div className="send-desk">
        <Card>
          <div className="send-form">
            <label className="wide"><span>{t("send.name")}</span><Input value={draft.name} maxLength={60} placeholder={t("moment.name.hint")} onChange={(event) => change({ name: event.target.value })} /></label>
            <div className="wide stack tight">
              <Input.TextArea value={draft.text} onChange={(event) => change({ text: event.target.value })} aria-label={t("send.text")} placeholder={t("moment.text.hint")} autoSize={{ minRows: 4, maxRows: 14 }} maxLength={CHARS_MAX} showCount />
              <Parts kinds={["image", "video", "link"]} cover parts={draft.parts} onParts={(parts) => change({ parts })} />
              <small className="dim">{t("moment.parts.note")}</small>
            </div>
            <label><span>{t("moment.staff")}</span>
              <Select mode="multiple" allowClear value={draft.staff} onChange={(staff: string[]) => change({ staff })} placeholder={t("moment.staff.all")} showSearch={{ optionFilterProp: "label" }} maxTagCount={4}
                options={who.people.filter((one) => one.active).map((one) => ({ value: one.value, label: [one.label, one.place].filter(Boolean).join(" · ") }))} /></label>
            <label><span>{t("moment.tags")}</span>
              <Select mode="multiple" allowClear value={draft.tags} onChange={(next: string[]) => change({ tags: next })} placeholder={t("moment.tags.all")} showSearch={{ optionFilterProp: "label" }} maxTagCount={4}
                options={(tags.data?.data ?? []).map((tag) => ({ value: tag.id, label: tag.name }))} />
              <small className="dim">{t("moment.tags.note")}</small></label>
            {(corps.data?.data.length ?? 0) > 1 && (
              <label><span>{t("send.corp")}</span><Select disabled={!!moment} value={corp} onChange={(next) => change({ corp: next })} options={corps.data!.data.map((one) => ({ value: one.corp_id, label: one.name || one.corp_id }))} /></label>
            )}
          </div>
          {corps.data?.data.length === 0 && <p className="send-hint" role="status"><Icon name="alert" size={16} />{t("send.no_corp")}</p>}
        </Card>
        <ChatPhone text={draft.text} parts={draft.parts} title={t("nav.moments")} />
      </div>
    </Page>
  );
}
