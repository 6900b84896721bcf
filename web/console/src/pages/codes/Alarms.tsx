/// What is wrong with codes right now, above everything else.
import { Button } from "antd";
import { Link } from "@tanstack/react-router";
import { api } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { TOUCHED, type Alarm } from "./door";

const SHOWN = 3;

export function Alarms({ code }: { code?: string }) {
  const { t, tr, ago } = useText();
  const may = useMay()("code.write");
  const list = useList("/v1/code-alarms", { query: { limit: 50 } }, (row) => row.id, { refetchInterval: 30_000, cursor: "cursor" });
  const close = useAct((id: string) => api.post("/v1/code-alarms/{alarm}:close", { path: { alarm: id } }), { touches: [...TOUCHED] });
  const open = (list.data ?? []).filter((alarm) => !code || alarm.code === code);
  if (open.length === 0) return null;
  const line = (alarm: Alarm) => (
    <li key={alarm.id}>
      <Icon name="alert" size={17} />
      <span><b>{tr("code.alarm.", alarm.kind)}</b> {!code && <Link to="/codes/$id" params={{ id: alarm.code }}>{alarm.code_name}</Link>}{alarm.staff_name && ` · ${alarm.staff_name}`}
        <small className="dim">{tr("code.alarm.do.", alarm.kind)} · {ago(alarm.last_at)}</small></span>
      {may && <Button size="small" loading={close.isPending && close.variables === alarm.id} onClick={() => close.mutate(alarm.id)}>{t("code.alarm.close")}</Button>}
    </li>
  );
  return (
    <section className="code-alarms" aria-label={t("code.alarms")}>
      <ul>{open.slice(0, SHOWN).map(line)}</ul>
      {open.length > SHOWN && <details><summary>{t("code.alarms.more", { count: open.length - SHOWN })}</summary><ul>{open.slice(SHOWN).map(line)}</ul></details>}
    </section>
  );
}
