/// Whom a question is about: everybody, a segment, or whoever a rule says.
import { Select } from "antd";
import { useEffect, useState } from "react";
import type { Problem } from "@shared/client";
import { useGet } from "@/app/queries";
import type { Params } from "@/app/search";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { complaint } from "./ask";
import { Field, Typed } from "./fields";

const RULE = "\u0000rule", LONG = 60_000;

/// Segments that may be asked about; none where they may not be seen.
export function useSegments() {
  const may = useMay()("segment.read");
  const found = useGet("/v1/segments", { query: { limit: 200 } as never }, { enabled: may, staleTime: LONG });
  return { may, segments: found.data?.data };
}

export function WhoField({ params, error, onChange }: { params: Params; error: Problem | null; onChange: (change: Params) => void }) {
  const { t, exact } = useText();
  const { may, segments } = useSegments();
  const [writing, setWriting] = useState(!!params.among);
  useEffect(() => setWriting(!!params.among), [params.among]);
  if (!may) return null;
  const known = !params.segment || (segments?.some((one) => one.id === params.segment) ?? true);
  return (
    <Field label={t("explore.who")} error={complaint(error, "/segment") ?? complaint(error, "/among")}>
      {(id) => (
        <div className="days">
          <Select id={id} style={{ width: "100%" }} popupMatchSelectWidth={260} value={writing ? RULE : (params.segment ?? "")} status={known ? undefined : "error"}
            showSearch={{ optionFilterProp: "label" }}
            onChange={(next) => {
              setWriting(next === RULE);
              if (next === RULE) onChange({ segment: undefined });
              else onChange({ segment: next || undefined, among: undefined });
            }}
            options={[
              { value: "", label: t("explore.who.all") },
              { value: RULE, label: t("explore.who.rule") },
              ...(segments ?? []).map((one) => ({ value: one.id, label: one.size == null ? one.name : `${one.name} · ${exact(one.size)}` })),
              ...(known || !params.segment ? [] : [{ value: params.segment, label: params.segment }]),
            ]} />
          {writing && <Typed label={t("explore.who.rule")} value={params.among ?? ""} placeholder={t("explore.who.hint")} bad={!!complaint(error, "/among")} onChange={(among) => onChange({ among: among || undefined, segment: undefined })} />}
        </div>
      )}
    </Field>
  );
}
