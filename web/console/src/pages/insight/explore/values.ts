/// Values of a breakdown as people read them.
import { useCallback } from "react";
import { useStores } from "@/app/stores";
import { useText } from "@/i18n/use";

export function useValueNames(by: string | null | undefined): (value: string) => string {
  const { t, tr } = useText();
  const stores = useStores(by === "person.store");
  const nameOf = stores.nameOf;
  return useCallback((value: string) => {
    if (value === "") return t("explore.none");
    if (by === "person.stage") return tr("stage.", value);
    return by === "person.store" ? nameOf(value) : value;
  }, [by, nameOf, t, tr]);
}
