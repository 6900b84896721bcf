/// The definition of a landing page as the builder edits it.
import type { Block, PageSpec } from "./door";
import { freeKey } from "./door";

export const BLOCKS = ["text", "image", "button", "product", "countdown", "video", "code", "form"] as const;
export type BlockKind = (typeof BLOCKS)[number];

export const emptyBlock = (kind: BlockKind, taken: Block[]): Block => ({ key: freeKey("b", taken), kind, title: "", text: "", image: "", alt: "", url: "", label: "", to: "", price_fen: 0, was_fen: 0, until: null, after: "" });
export const emptyPage = (): PageSpec => ({ name: "", folder: "", channel: "", title: "", description: "", picture: "", blocks: [], ends_at: null, ended_text: "", ended_url: "" });

/// The fields a kind of block shows.
export const FIELDS: Record<BlockKind, readonly (keyof Block)[]> = {
  text: ["title", "text"],
  image: ["image", "alt", "url"],
  button: ["label", "url", "text"],
  code: ["to", "title", "text", "label"],
  form: ["to", "title", "text", "label"],
  video: ["title", "image", "url"],
  countdown: ["title", "until", "text", "after"],
  product: ["title", "price_fen", "was_fen", "image", "text", "url", "label"],
};

/// What a block still lacks, as the server will see it.
export function lackOf(block: Block): keyof Block | undefined {
  const blank = (field: "title" | "text" | "image" | "label" | "url" | "to") => block[field].trim() === "";
  switch (block.kind) {
    case "text": return blank("title") && blank("text") ? "text" : undefined;
    case "image": return blank("image") ? "image" : undefined;
    case "button": return blank("label") ? "label" : blank("url") ? "url" : undefined;
    case "code":
    case "form": return blank("to") ? "to" : undefined;
    case "video": return blank("url") ? "url" : blank("image") && blank("title") ? "title" : undefined;
    case "countdown": return block.until ? undefined : "until";
    case "product": return blank("title") ? "title" : block.price_fen <= 0 ? "price_fen" : undefined;
  }
}
export const isWhole = (spec: PageSpec): boolean => spec.name.trim() !== "" && spec.title.trim() !== "" && spec.blocks.length > 0 && spec.blocks.every((one) => !lackOf(one));

/// Days, hours and minutes from one moment to another; none when it has passed.
export function leftUntil(until: string, now: number): { days: number; hours: number; minutes: number } | undefined {
  const minutes = Math.floor((Date.parse(until) - now) / 60_000);
  return minutes < 0 ? undefined : { days: Math.floor(minutes / 1440), hours: Math.floor(minutes / 60) % 24, minutes: minutes % 60 };
}
