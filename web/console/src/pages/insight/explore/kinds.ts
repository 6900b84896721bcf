/// Events by the names people know them by, and the properties they may be asked about.
import { useMemo } from "react";
import { type ReplyOf } from "@shared/client";
import { useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { splitStep } from "./steps";

export type Kind = ReplyOf<"/v1/event-kinds", "get">["data"][number];
const LONG = 5 * 60_000;
const SCALARS = ["text", "boolean", "integer", "number", "money"];

export function useKinds() {
  const { t, lang } = useText();
  const may = useMay();
  const kinds = useGet("/v1/event-kinds", {}, { staleTime: LONG, enabled: may("catalogue.read") }).data?.data;
  const attributes = useGet("/v1/attributes", {}, { staleTime: LONG, enabled: may("attribute.read") }).data?.data;
  return useMemo(() => {
    const known = new Map((kinds ?? []).map((kind) => [kind.name, lang === "en" ? kind.en || kind.name : kind.zh || kind.name]));
    /// "" is what an answer does not show by itself.
    const nameOf = (event: string) => (event === "" ? t("explore.others") : event === "*" ? t("explore.any_event") : (known.get(event) ?? event));
    const labelOf = (text: string) => {
      const { event, where } = splitStep(text);
      return where ? `${nameOf(event)} (${where})` : nameOf(event);
    };
    const ofEvent = (event: string, types = SCALARS) => kinds?.find((kind) => kind.name === event)?.props.filter((prop) => types.includes(prop.type)).map((prop) => prop.name) ?? [];
    const own = (attributes ?? []).filter((def) => !["name", "phone"].includes(def.key)).map((def) => ({ value: `person.${def.key}`, label: lang === "en" ? def.en : def.zh }));
    return { kinds, nameOf, labelOf, ofEvent, own };
  }, [kinds, attributes, lang, t]);
}
export type Kinds = ReturnType<typeof useKinds>;
