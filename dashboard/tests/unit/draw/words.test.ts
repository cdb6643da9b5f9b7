import { describe, expect, it } from "vitest";
import { logSplits } from "../../../src/draw/axes";
import { lineColour, lineDash } from "../../../src/draw/palette";
import { reading, summary } from "../../../src/draw/words";
import { Grid } from "../../../src/model/grid";
import { emptyPlot, type Plot } from "../../../src/model/plot";

const start = 1_700_000_000_000;
const plot: Plot = {
  ...emptyPlot,
  labels: ["p50", "p99"],
  unit: "seconds",
  sample(time, _step, out) {
    out[0] = 0.01 + (time - start) / 1e7;
  },
};

describe("a chart in words", () => {
  it("says now, lowest and highest of each line over the window", () => {
    const grid = new Grid();
    grid.update(plot, start, start + 60_000, start + 60_000, 0);
    expect(summary(plot, grid)).toBe(
      "Over 60 s. p50: now 16.0 ms, lowest 10.0 ms, highest 16.0 ms; p99: no values.",
    );
  });

  it("says so if there is nothing", () => {
    expect(summary(emptyPlot, new Grid())).toBe("No data.");
  });

  it("reads the values of one instant", () => {
    expect(reading(plot, start, 200)).toMatch(/^\d\d:\d\d:\d\d\.0: p50 10\.0 ms, p99 –$/);
  });
});

describe("lines", () => {
  it("differ in colour or dashes, up to thirty-two", () => {
    for (const theme of ["light", "dark"] as const) {
      const looks = Array.from({ length: 32 }, (_, i) => `${lineColour(i, theme)} ${lineDash(i).join()}`);
      expect(new Set(looks).size).toBe(32);
    }
  });
});

describe("a logarithmic axis", () => {
  it("is labelled at round numbers, more of them where the range is short", () => {
    expect(logSplits(0.0008, 2)).toEqual([0.001, 0.01, 0.1, 1].map((value) => expect.closeTo(value, 9)));
    expect(logSplits(0.9, 11)).toEqual([1, 2, 5, 10].map((value) => expect.closeTo(value, 9)));
  });
});
