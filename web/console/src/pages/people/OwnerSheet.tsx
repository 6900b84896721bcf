import { Form, Select } from "antd";
import { api } from "@shared/client";
import { useList } from "@/app/lists";
import { useAct } from "@/app/queries";
import { useText } from "@/i18n/use";
import { FormSheet } from "@/parts/FormSheet";
import type { PersonData } from "./Person";

/// Whose customer this is.
export default function OwnerSheet({ open, person, onClose }: { open: boolean; person: PersonData; onClose: () => void }) {
  const { t } = useText();
  const staff = useList("/v1/staff", { query: { limit: 200 } }, (row) => row.id, { enabled: open });
  const save = useAct((fields: { owner?: string }) => api.put("/v1/people/{person}/owner", { path: { person: person.id }, body: { owner_staff_id: fields.owner || null } }),
    { touches: ["/v1/people/{person}", "/v1/people"], quiet: true });
  return (
    <FormSheet<{ owner?: string }> open={open} onClose={onClose} title={t("owner.assign")} lead={t("owner.text")} initial={{ owner: person.owner_staff_id ?? undefined }} submit={(fields) => save.mutateAsync(fields)}>
      <Form.Item name="owner" label={t("people.column.owner")}>
        <Select allowClear showSearch={{ optionFilterProp: "label" }}
          options={(staff.data ?? []).filter((one) => one.state === "active").map((one) => ({ value: one.id, label: one.unit_name ? `${one.name} · ${one.unit_name}` : one.name }))} />
      </Form.Item>
    </FormSheet>
  );
}
