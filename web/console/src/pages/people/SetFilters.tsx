import { useList } from "@/app/lists";
import type { Params } from "@/app/search";
import { useStores } from "@/app/stores";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { filterKinds, toFilter, type FilterKey } from "./filters";
import { useKeptSegments } from "./segments";
import { useTagNames } from "./tags";

/// What is set, each as a chip that takes itself out.
export function SetFilters({ params, onChange }: { params: Params; onChange: (next: Params) => void }) {
  const { t, tr, day, money } = useText();
  const filter = toFilter(params);
  const keys = (Object.keys(filter) as FilterKey[]).filter((key) => !["q", "stage", "value"].includes(key));
  const tags = useTagNames(keys.some((key) => key.startsWith("tag_")));
  const stores = useStores(keys.includes("store"));
  const staff = useList("/v1/staff", { query: { limit: 200 } }, (row) => row.id, { enabled: keys.includes("owner") });
  const segments = useKeptSegments(keys.includes("segment"));
  if (keys.length === 0) return null;
  const say = (key: FilterKey): string => {
    const value = filter[key];
    if (Array.isArray(value)) return value.map((id) => tags.nameOf(id)).join(", ");
    if (key === "attribute") return `${value} = ${filter.value}`;
    if (key === "store") return stores.nameOf(String(value));
    if (key === "segment") return segments.find((one) => one.value === value)?.label ?? String(value);
    if (key === "owner") return staff.data?.find((one) => one.id === value)?.name ?? String(value);
    if (filterKinds[key] === "instant") return day(String(value));
    return key.startsWith("paid_fen") ? money(Number(value)) : String(value);
  };
  return (
    <div className="set-filters" role="group" aria-label={t("people.filters")}>
      {keys.map((key) => (
        <button key={key} type="button" onClick={() => onChange({ [key]: undefined, ...(key === "attribute" ? { value: undefined } : {}) })}>
          <span>{tr("people.filter.", key)} {say(key)}</span>
          <Icon name="close" size={13} />
          <span className="visually-hidden">{t("people.drop")}</span>
        </button>
      ))}
    </div>
  );
}
