import { Button } from "antd";
import type { QueryOf } from "@shared/client";
import { useList } from "@/app/lists";
import { useText } from "@/i18n/use";
import { Card } from "@/parts/Page";
import { Rows } from "@/parts/Rows";
import { SomeoneLink } from "./Someone";

/// The people behind a number.
export function DrillCard({ title, query, onClose }: { title: string; query: Omit<QueryOf<"/v1/insight/drill", "get">, "limit" | "after">; onClose?: () => void }) {
  const { t } = useText();
  const list = useList("/v1/insight/drill", { query: { ...query, limit: 25 } as never }, (row) => row.person_id);
  return (
    <Card flush>
      <header className="flush-head"><h2>{title}</h2>{onClose && <Button size="small" type="text" style={{ marginLeft: "auto" }} onClick={onClose}>{t("do.close")}</Button>}</header>
      <Rows<{ person_id: string }> label={title} rowKey="person_id" list={list} empty={{ title: t("people.none") }}
        columns={[
          { title: t("people.name"), key: "who", render: (_, row) => <SomeoneLink id={row.person_id} /> },
          { title: "ID", dataIndex: "person_id", render: (id: string) => <code className="dim">{id}</code> },
        ]} />
    </Card>
  );
}
