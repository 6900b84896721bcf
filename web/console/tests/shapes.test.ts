import { describe, expect, it } from "vitest";
import { arc, area, around, curve, plot, shade, stream } from "@/charts/shapes";

describe("plot", () => {
  it("keeps every point inside the box", () => {
    for (const point of plot([5, -3, 12, 0, 7], 100, 30)) {
      expect(point.x).toBeGreaterThanOrEqual(3);
      expect(point.x).toBeLessThanOrEqual(97);
      expect(point.y).toBeGreaterThanOrEqual(3);
      expect(point.y).toBeLessThanOrEqual(27);
    }
  });
  it("survives one value, none, and all alike", () => {
    expect(plot([], 10, 10)).toEqual([]);
    expect(plot([4], 10, 10)).toHaveLength(1);
    expect(plot([0, 0], 10, 10).every((point) => Number.isFinite(point.y))).toBe(true);
  });
});

it("draws nothing for no points", () => {
  expect(curve([])).toBe("");
  expect(area([], 10)).toBe("");
  expect(stream([], 10, 10)).toBe("");
});

it("takes the long way round past half a turn", () => {
  expect(arc(0, 0, 10, 0, 0.25)).toContain("A10 10 0 0 1");
  expect(arc(0, 0, 10, 0, 0.75)).toContain("A10 10 0 1 1");
});

it("never lets a stage vanish from the stream", () => {
  expect(stream([100, 0], 200, 50)).not.toContain("NaN");
  expect(stream([0, 0], 200, 50)).toMatch(/^M.*Z$/);
});

it("puts nodes around the centre", () => {
  const [top] = around(4, 50, 50, 20, 10);
  expect(top).toEqual({ x: 50, y: 40 });
});

it("shades in five steps and keeps zero apart", () => {
  expect([0, 1, 20, 21, 100].map((value) => shade(value, 100))).toEqual([0, 1, 1, 2, 5]);
  expect(shade(3, 0)).toBe(0);
});
