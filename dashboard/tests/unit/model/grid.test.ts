import { describe, expect, it } from "vitest";
import { columns, Grid } from "../../../src/model/grid";
import { emptyPlot, type Plot } from "../../../src/model/plot";
import { niceCeil, niceRange } from "../../../src/model/scale";

const start = 1_700_000_000_000;

/** Says the time, and counts how often it is asked. */
function clockPlot(): Plot & { asked: number } {
  return {
    ...emptyPlot,
    labels: ["time"],
    asked: 0,
    sample(time, _step, out) {
      this.asked++;
      out[0] = time;
    },
  };
}

describe("the grid", () => {
  it("covers the window, and ends now", () => {
    const grid = new Grid();
    grid.update(clockPlot(), start, start + 60_000, start + 60_000, 0);
    expect(grid.times.length).toBeGreaterThan(columns);
    expect(grid.times[0]).toBeLessThanOrEqual(start);
    expect(grid.times[grid.times.length - 1]).toBe(start + 60_000);
    expect(grid.lines[0]).toEqual(grid.times);
  });

  it("computes only what is new as the window moves on", () => {
    const grid = new Grid();
    const plot = clockPlot();
    grid.update(plot, start, start + 60_000, start + 60_000, 0);
    plot.asked = 0;
    for (let i = 1; i <= 60; ++i) {
      const to = start + 60_000 + i * 16;
      grid.update(plot, to - 60_000, to, to, 0);
      expect(grid.lines[0]).toEqual(grid.times);
    }
    expect(plot.asked).toBeLessThan(60 * 6);
  });

  it("computes again what late samples may have changed", () => {
    const grid = new Grid();
    let value = 1;
    const plot: Plot = { ...emptyPlot, labels: ["x"], sample: (_time, _step, out) => void (out[0] = value) };
    grid.update(plot, start, start + 60_000, start + 60_000, 0);
    value = 2;
    grid.update(plot, start + 150, start + 60_150, start + 60_150, 0);
    const line = grid.lines[0]!;
    expect(line[0]).toBe(1);
    expect(line.slice(-3)).toEqual([2, 2, 2]);
  });

  it("starts anew when history fills in, the window changes or time goes back", () => {
    const grid = new Grid();
    const plot = clockPlot();
    grid.update(plot, start, start + 60_000, start + 60_000, 0);
    for (const [from, to, version] of [
      [start, start + 60_000, 1],
      [start, start + 10_000, 1],
      [start - 90_000, start - 80_000, 1],
    ] as const) {
      // prettier-ignore
      plot.asked = 0;
      grid.update(plot, from, to, start + 60_000, version);
      expect(plot.asked).toBeGreaterThan(columns);
      expect(grid.lines[0]).toEqual(grid.times);
    }
  });

  it("has gaps where there are no values", () => {
    const grid = new Grid();
    const plot: Plot = { ...emptyPlot, labels: ["x"], sample: () => undefined };
    grid.update(plot, start, start + 60_000, start + 60_000, 0);
    expect(grid.lines[0]!.every((value) => value === null)).toBe(true);
  });
});

describe("an axis", () => {
  it.each([
    [0.7, 0.8],
    [1, 1],
    [17, 20],
    [420, 500],
    [-3, 1],
    [NaN, 1],
  ])("for %d ends at the round number %d", (value, end) => expect(niceCeil(value)).toBeCloseTo(end, 9));

  it("reaches down to zero unless values lie far above", () => {
    expect(niceRange(5, 90, false)[0]).toBe(0);
    const [low, high] = niceRange(1000, 1010, false);
    expect(low).toBeGreaterThan(900);
    expect(high).toBeGreaterThanOrEqual(1010);
    expect(niceRange(-5, 5, true)[0]).toBeLessThan(-4);
    expect(niceRange(Infinity, -Infinity, true)).toEqual([0, 1]);
    expect(niceRange(7, 7, false)[0]).toBeLessThan(7);
  });
});
