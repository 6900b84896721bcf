/// The people behind a part of an answer, right below it.
import { useEffect, useRef } from "react";
import { useText } from "@/i18n/use";
import { PeopleCard } from "../PeopleCard";
import type { useBehind } from "./ask";
import { KeepPeople } from "./KeepPeople";

/// `rule`: what says the same of people, where the rule language does.
export function Behind({ title, list, rule, onClose }: { title: string; list: ReturnType<typeof useBehind>; rule?: string; onClose: () => void }) {
  const { t, exact } = useText();
  const place = useRef<HTMLDivElement>(null);
  // It was asked for from somewhere above: bring it into sight, and the keyboard with it.
  useEffect(() => {
    place.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
    place.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <div ref={place} tabIndex={-1} role="region" aria-label={title} className="behind">
      <PeopleCard title={title} note={list.total === undefined ? undefined : t("people.count", { count: exact(list.total) })} list={list} onClose={onClose} actions={<KeepPeople title={title} list={list} rule={rule} />} />
    </div>
  );
}
