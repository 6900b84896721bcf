/// Tiles in a grid of twelve columns: moving and resizing one pushes the others down, and nothing hangs in the air.
export interface Tile { chart: string; x: number; y: number; w: number; h: number }
export type Step = "left" | "right" | "up" | "down";

export const COLUMNS = 12, WIDTH_MIN = 3, HEIGHT_MIN = 2, HEIGHT_MAX = 12, TILES_MAX = 24;
const USUAL = { w: 6, h: 5 };

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
export const overlap = (a: Tile, b: Tile) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
const beside = (a: Tile, b: Tile) => a.x < b.x + b.w && b.x < a.x + a.w;
/// As they are read: by rows, then from the left.
export const inOrder = (tiles: Tile[]): Tile[] => [...tiles].sort((a, b) => a.y - b.y || a.x - b.x);
const bottom = (tiles: Tile[]) => Math.max(0, ...tiles.map((one) => one.y + one.h));

/// Everything as far up as it can go, in the order it is read.
export function settle(tiles: Tile[]): Tile[] {
  const placed: Tile[] = [];
  for (const tile of inOrder(tiles)) {
    let y = tile.y;
    while (y > 0 && !placed.some((one) => overlap({ ...tile, y: y - 1 }, one))) y--;
    placed.push({ ...tile, y });
  }
  return placed;
}

/// One stands where it was put; whoever is in its way goes down.
function withFixed(tiles: Tile[], fixed: Tile): Tile[] {
  const placed = [fixed];
  for (const tile of inOrder(tiles.filter((one) => one.chart !== fixed.chart))) {
    let y = tile.y;
    for (let met = placed.find((one) => overlap({ ...tile, y }, one)); met; met = placed.find((one) => overlap({ ...tile, y }, one))) y = met.y + met.h;
    placed.push({ ...tile, y });
  }
  return settle(placed);
}

const found = (tiles: Tile[], chart: string) => tiles.find((one) => one.chart === chart);

export function moveTo(tiles: Tile[], chart: string, x: number, y: number): Tile[] {
  const tile = found(tiles, chart);
  if (!tile) return tiles;
  const others = settle(tiles.filter((one) => one !== tile));
  return withFixed(others, { ...tile, x: clamp(x, 0, COLUMNS - tile.w), y: clamp(y, 0, bottom(others)) });
}

export function resizeTo(tiles: Tile[], chart: string, w: number, h: number): Tile[] {
  const tile = found(tiles, chart);
  if (!tile) return tiles;
  return withFixed(tiles, { ...tile, w: clamp(w, WIDTH_MIN, COLUMNS - tile.x), h: clamp(h, HEIGHT_MIN, HEIGHT_MAX) });
}

/// A column to the side; or past the next tile above or below.
export function step(tiles: Tile[], chart: string, to: Step): Tile[] {
  const tile = found(tiles, chart);
  if (!tile) return tiles;
  if (to === "left" || to === "right") return moveTo(tiles, chart, tile.x + (to === "left" ? -1 : 1), tile.y);
  const others = settle(tiles.filter((one) => one !== tile)).filter((one) => beside(one, tile));
  const edges = to === "up" ? others.map((one) => one.y).filter((y) => y < tile.y) : others.map((one) => one.y + one.h).filter((y) => y > tile.y);
  if (edges.length === 0) return tiles;
  return moveTo(tiles, chart, tile.x, to === "up" ? Math.max(...edges) : Math.min(...edges));
}

/// The first free place for one more.
export function place(tiles: Tile[], chart: string, { w, h } = USUAL): Tile[] {
  for (let y = 0; ; y++)
    for (let x = 0; x + w <= COLUMNS; x++) {
      const tile = { chart, x, y, w, h };
      if (!tiles.some((one) => overlap(one, tile))) return inOrder([...tiles, tile]);
    }
}

export const without = (tiles: Tile[], chart: string): Tile[] => settle(tiles.filter((one) => one.chart !== chart));

/// One place earlier or later where tiles stand one below the other: on a phone. Sizes stay; rows are filled anew.
export function reorder(tiles: Tile[], chart: string, by: 1 | -1): Tile[] {
  const order = inOrder(tiles);
  const at = order.findIndex((one) => one.chart === chart);
  const to = at + by;
  if (at < 0 || to < 0 || to >= order.length) return tiles;
  [order[at], order[to]] = [order[to]!, order[at]!];
  let out: Tile[] = [];
  let row = 0;
  for (const tile of order) {
    // Never before the one it comes after.
    let spot: Tile | undefined;
    for (let y = row; !spot; y++)
      for (let x = 0; x + tile.w <= COLUMNS && !spot; x++) {
        const one = { ...tile, x, y };
        const last = out.at(-1);
        if (last && (y < last.y || (y === last.y && x < last.x))) continue;
        if (!out.some((other) => overlap(other, one))) spot = one;
      }
    row = spot.y;
    out = [...out, spot];
  }
  return out;
}

export const sameTiles = (a: Tile[], b: Tile[]) => JSON.stringify(inOrder(a).map((one) => [one.chart, one.x, one.y, one.w, one.h])) === JSON.stringify(inOrder(b).map((one) => [one.chart, one.x, one.y, one.w, one.h]));
