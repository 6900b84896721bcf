/// How people, their stages and their tags look, everywhere the same.
import { Link } from "@tanstack/react-router";
import type { CSSProperties } from "react";
import { useText } from "@/i18n/use";

export const STAGES = ["prospect", "new", "active", "dormant", "lost"] as const;
export type StageName = (typeof STAGES)[number];

export const stageTone: Record<string, string> = {
  prospect: "violet",
  new: "koi",
  active: "good",
  dormant: "gold",
  lost: "bad",
};

export const toneColour: Record<string, string> = {
  violet: "var(--violet)",
  koi: "var(--koi)",
  good: "var(--good)",
  gold: "var(--gold)",
  bad: "var(--bad)",
};

export function StagePill({ stage }: { stage: string }) {
  const { tr } = useText();
  return <span className={`chip ${stageTone[stage] ?? "plain"}`}>{tr("stage.", stage)}</span>;
}

export function Monogram({ name, size = 30 }: { name: string; size?: number }) {
  const style: CSSProperties = { width: size, height: size, fontSize: size * 0.42 };
  // The letter is drawn by the style sheet: readers and searches see the name once.
  return <span className="monogram" style={style} data-letter={(name || "?").slice(0, 1).toUpperCase()} aria-hidden="true" />;
}

/// A person's name as a way to the person; the masked name as the server gave it.
export function PersonLink({ id, name }: { id: string; name?: string | null }) {
  const { t } = useText();
  const shown = name || t("person.unnamed");
  return (
    <Link to="/customers/$id" params={{ id }} className="person-link">
      <Monogram name={name ?? ""} size={28} />
      <span>{shown}</span>
    </Link>
  );
}

const hues = ["", "koi", "good", "gold", "violet"];

/// One of five calm tones, steady for a name; a tag's own colour wins when it is one of them.
export function toneOf(name: string, colour?: string): string {
  if (colour && hues.includes(colour)) return colour;
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)!) >>> 0;
  return hues[sum % hues.length]!;
}

export function TagChip({ name, color }: { name: string; color?: string }) {
  return <span className={`chip ${toneOf(name, color)}`}>{name}</span>;
}
