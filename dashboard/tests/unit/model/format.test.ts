import { describe, expect, it } from "vitest";
import {
  formatClock,
  formatDuration,
  formatMoment,
  formatTick,
  formatValue,
} from "../../../src/model/format";
import { levelOf } from "../../../src/model/thresholds";

describe("numbers", () => {
  it.each([
    [0, "seconds", false, "0 s"],
    [0.0000021, "seconds", false, "2.10 µs"],
    [0.01234, "seconds", false, "12.3 ms"],
    [0.99999, "seconds", false, "1.00 s"],
    [153, "plain", true, "153/s"],
    [12_345, "plain", false, "12.3 k"],
    [999_999, "plain", false, "1.00 M"],
    [1536, "bytes", false, "1.50 KiB"],
    [0.034, "percent", false, "0.03 %"],
    [12.34, "percent", false, "12.3 %"],
    [NaN, "plain", true, "–"],
    [Infinity, "seconds", false, "–"],
  ] as const)("%d %s", (value, unit, perSecond, text) =>
    expect(formatValue(value, unit, perSecond)).toBe(text),
  );

  it.each([
    [0.05, "seconds", "50 ms"],
    [0.0125, "seconds", "12.5 ms"],
    [1, "seconds", "1 s"],
    [100, "percent", "100 %"],
    [2000, "plain", "2,000"],
    [0, "percent", "0 %"],
    [1500000, "plain", "1.5 M"],
    [20, "plain", "20"],
  ] as const)("on an axis: %d %s", (value, unit, text) => expect(formatTick(value, unit)).toBe(text));

  it.each([
    [3.14, "3.1 s"],
    [75, "75 s"],
    [600, "10 min"],
    [7_800, "2 h 10 min"],
    [1e6, "11 d"],
  ])("a duration of %d s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});

describe("thresholds", () => {
  it("say good, raised, critical, or nothing where there is no value", () => {
    expect([0.1, 1, 9, NaN].map((value) => levelOf("p99", value))).toEqual(["good", "warn", "bad", "none"]);
    expect([0, 1].map((value) => levelOf("throughput", value))).toEqual(["warn", "good"]);
  });
});

describe("a moment", () => {
  const noon = new Date(2026, 10, 23, 12, 0, 5).getTime();

  it("is a time of day, and has its date on other days", () => {
    expect(formatMoment(noon, noon + 3_600_000)).toBe("12:00:05");
    expect(formatMoment(noon, noon + 24 * 3_600_000)).toBe("Nov 23, 12:00:05");
    expect(formatClock(noon)).toBe("12:00:05");
  });

  it("may be unknown", () => expect(formatMoment(0, noon)).toBe("–"));
});
