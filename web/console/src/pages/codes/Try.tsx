/// Whom the next visitors would meet if they scanned now, and why.
import { Button, InputNumber } from "antd";
import { useState } from "react";
import { api, type ReplyOf } from "@shared/client";
import { useAct } from "@/app/queries";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { Nothing } from "@/parts/States";
import type { Code } from "./door";

type Line = ReplyOf<"/v1/codes/{code}/preview", "post">["data"][number];
const MOST = 100;

export function Try({ code }: { code: Code }) {
  const { t, tr, lang } = useText();
  const [visitors, setVisitors] = useState(5);
  const ask = useAct(() => api.post("/v1/codes/{code}/preview", { path: { code: code.id }, body: { visitors } as never }));
  const said = (words: Line["reason"]) => (lang === "en" ? words.en : words.zh);
  const lines = ask.data?.data.data;
  return (
    <Card title={t("code.try")} note={t("code.try.note")}
      actions={<><InputNumber min={1} max={MOST} value={visitors} aria-label={t("code.try.visitors")} suffix={t("code.try.people")} onChange={(value) => setVisitors(value ?? 1)} /><Button type="primary" icon={<Icon name="refresh" size={15} />} loading={ask.isPending} onClick={() => ask.mutate(undefined)}>{t("code.try.go")}</Button></>}>
      {!lines ? <Nothing title={t("code.try.none")} text={t("code.try.none.text")} /> : (
        <ol className="code-tries">
          {lines.map((line) => (
            <li key={line.visitor}>
              <i aria-hidden="true">{line.visitor}</i>
              <span><b>{line.guide ? line.guide_name : tr("code.answer.", line.kind)}</b>{line.store_name && ` · ${line.store_name}`}<small>{said(line.reason)}</small></span>
              {line.guide && line.level > 0 && <span className="chip gold">{t("code.backup.level", { n: line.level })}</span>}
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
