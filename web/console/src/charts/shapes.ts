/// Geometry of the small drawings: pure, so that it can be tested without a browser.
export interface Point {
  x: number;
  y: number;
}

const round = (value: number) => Math.round(value * 100) / 100;

/// Values over a width × height box, newest at the right edge, zero at the bottom when all are positive.
export function plot(values: number[], width: number, height: number, pad = 3): Point[] {
  const low = Math.min(0, ...values);
  const high = Math.max(...values, low + 1);
  const step = values.length > 1 ? (width - 2 * pad) / (values.length - 1) : 0;
  return values.map((value, index) => ({
    x: round(pad + index * step),
    y: round(height - pad - ((value - low) / (high - low)) * (height - 2 * pad)),
  }));
}

/// A line through the points that never overshoots them (monotone in x).
export function curve(points: Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x} ${first.y}`;
  let from = first;
  for (const to of rest) {
    const middle = round((from.x + to.x) / 2);
    path += `C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
    from = to;
  }
  return path;
}

/// The same line closed down to the bottom of the box.
export function area(points: Point[], height: number): string {
  const first = points[0];
  const last = points[points.length - 1];
  return first && last ? `${curve(points)}L${last.x} ${height}L${first.x} ${height}Z` : "";
}

/// An arc of a circle from `from` to `to`, in turns clockwise from the top.
export function arc(cx: number, cy: number, radius: number, from: number, to: number): string {
  const at = (turn: number): Point => ({
    x: round(cx + radius * Math.sin(turn * 2 * Math.PI)),
    y: round(cy - radius * Math.cos(turn * 2 * Math.PI)),
  });
  const start = at(from);
  const end = at(to);
  return `M${start.x} ${start.y}A${radius} ${radius} 0 ${to - from > 0.5 ? 1 : 0} 1 ${end.x} ${end.y}`;
}

/// A band that swells and narrows with the values, one column each: the stream of the life stages.
export function stream(values: number[], width: number, height: number, least = 4): string {
  const most = Math.max(...values, 1);
  const half = values.map((value) => Math.max(least, (value / most) * height) / 2);
  const step = width / values.length;
  const top: Point[] = [];
  half.forEach((size, index) => {
    top.push({ x: round(index * step + step * 0.18), y: round(height / 2 - size) });
    top.push({ x: round(index * step + step * 0.82), y: round(height / 2 - size) });
  });
  const lead = top[0];
  const tail = top[top.length - 1];
  if (!lead || !tail) return "";
  const upper = [{ x: 0, y: lead.y }, ...top, { x: width, y: tail.y }];
  const lower = [...upper].reverse().map((point) => ({ x: point.x, y: round(height - point.y) }));
  return `${curve(upper)}L${curve(lower).slice(1)}Z`;
}

/// Places for n nodes around a centre, starting above it; an ellipse, so that labels have room.
export function around(n: number, cx: number, cy: number, rx: number, ry: number): Point[] {
  return Array.from({ length: n }, (_, index) => {
    const turn = (index / n) * 2 * Math.PI - Math.PI / 2;
    return { x: round(cx + rx * Math.cos(turn)), y: round(cy + ry * Math.sin(turn)) };
  });
}

/// A shade step 0–5 for a share of the largest value; 0 only for nothing.
export function shade(value: number, most: number): number {
  if (value <= 0 || most <= 0) return 0;
  return Math.min(5, Math.max(1, Math.ceil((value / most) * 5)));
}
