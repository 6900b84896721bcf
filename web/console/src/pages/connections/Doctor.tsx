/// What stands between the merchant and a working connection, and what to do about it.
import { Button } from "antd";
import { api } from "@shared/client";
import { useAct } from "@/app/queries";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { Nothing } from "@/parts/States";
import { TONE } from "./door";

export function Doctor({ corp }: { corp: string }) {
  const { t, tr, lang } = useText();
  const check = useAct(() => api.post("/v1/channels/wecom/{corp}:check", { path: { corp } }));
  const said = (words: { en: string; zh: string }) => (lang === "en" ? words.en : words.zh);
  const found = check.data?.data.data;
  return (
    <Card title={t("conn.doctor")} note={t("conn.doctor.note")} actions={<Button type="primary" icon={<Icon name="refresh" size={15} />} loading={check.isPending} onClick={() => check.mutate(undefined)}>{t("conn.doctor.go")}</Button>}>
      {!found ? <Nothing title={t("conn.doctor.none")} text={t("conn.doctor.none.text")} /> : (
        <ul className="conn-findings">
          {found.map((one) => (
            <li key={one.check}><span className={`chip ${TONE[one.state]}`}>{tr("conn.finding.", one.state)}</span>
              <span><b>{tr("conn.check.", one.check)}</b> {said(one.found)}{said(one.advice) && <small>{said(one.advice)}</small>}</span></li>
          ))}
        </ul>
      )}
    </Card>
  );
}
