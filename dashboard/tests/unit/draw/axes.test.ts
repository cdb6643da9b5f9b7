import { describe, expect, it } from "vitest";
import { logSplits, timeSplits } from "../../../src/draw/axes";

describe("labels of the time axis", () => {
  it("are at round times, wherever the window begins", () => {
    expect(timeSplits(1_000_123.4, 1_030_123.4, 10_000)).toEqual([1_010_000, 1_020_000, 1_030_000]);
    expect(timeSplits(1_000_000, 1_010_000, 5000)).toEqual([1_000_000, 1_005_000, 1_010_000]);
  });
});

describe("labels of a logarithmic axis", () => {
  it("are at the powers of ten, and between them if there are few", () => {
    expect(logSplits(0.0005, 2)).toEqual([0.001, 0.01, 0.1, 1]);
    expect(logSplits(0.9, 12)).toEqual([1, 2, 5, 10]);
  });
});
