/// A tile in the hand: the others make room while it moves, and it stays where it is let go.
import { useEffect, useRef, useState, type PointerEvent as Pressed, type RefObject } from "react";
import { COLUMNS, moveTo, resizeTo, type Tile } from "./grid";

interface Held { chart: string; how: "move" | "size"; x: number; y: number; tile: Tile }

export function useDrag(place: RefObject<HTMLElement | null>, tiles: Tile[], { row, gap, enabled, done }: { row: number; gap: number; enabled: boolean; done: (tiles: Tile[]) => void }) {
  const [held, setHeld] = useState<Held>();
  const [shown, setShown] = useState<Tile[]>();
  const last = useRef<Tile[]>(undefined);

  const grab = (event: Pressed, chart: string, how: "move" | "size") => {
    const tile = tiles.find((one) => one.chart === chart);
    if (!enabled || !tile || event.button !== 0) return;
    event.preventDefault();
    (event.currentTarget as HTMLElement).focus({ preventScroll: true });
    last.current = undefined;
    setHeld({ chart, how, x: event.clientX + scrollX, y: event.clientY + scrollY, tile });
  };

  useEffect(() => {
    if (!held) return;
    const columns = (((place.current?.clientWidth ?? 0) + gap) / COLUMNS) || 1;
    const move = (event: PointerEvent) => {
      const dx = Math.round((event.clientX + scrollX - held.x) / columns), dy = Math.round((event.clientY + scrollY - held.y) / (row + gap));
      const { x, y, w, h } = held.tile;
      last.current = held.how === "move" ? moveTo(tiles, held.chart, x + dx, y + dy) : resizeTo(tiles, held.chart, w + dx, h + dy);
      setShown(last.current);
    };
    const stop = (keep: boolean) => {
      setHeld(undefined);
      setShown(undefined);
      if (keep && last.current) done(last.current);
    };
    const up = () => stop(true), cancel = () => stop(false);
    const key = (event: KeyboardEvent) => { if (event.key === "Escape") stop(false); };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", cancel);
    addEventListener("keydown", key);
    return () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", cancel);
      removeEventListener("keydown", key);
    };
    // The tiles it began with stay those of this drag.
  }, [held]);

  return { tiles: shown ?? tiles, held: held?.chart, grab };
}
