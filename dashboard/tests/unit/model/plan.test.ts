import { describe, expect, it } from "vitest";
import { maxSeries } from "../../../src/live/store";
import { maxSelectors, metricsFor, plan } from "../../../src/model/plan";
import { parseSelector } from "../../../src/model/selector";
import type { SeriesIdentity } from "../../../src/wire/frame";

const many = (count: number): SeriesIdentity[] =>
  Array.from({ length: count }, (_, i) => ({
    name: "items",
    service: "web",
    instance: "1",
    kind: "gauge",
    labels: [["id", String(i)]],
  }));

/** Instances that have so many series of each of two metrics. */
const fleet = (instances: number, each: number, prefix = "10.0.0."): SeriesIdentity[] =>
  Array.from({ length: instances }, (_, i) => `${prefix}${i}`).flatMap((instance) =>
    many(each).flatMap((one) => [
      { ...one, instance },
      { ...one, instance, name: "other" },
    ]),
  );

const pickedBy = (match: readonly string[], all: readonly SeriesIdentity[]): SeriesIdentity[] => {
  const tests = match.map(parseSelector);
  return all.filter((one) => tests.some((test) => test(one)));
};

describe("what is asked for", () => {
  it("is what was wanted, each once", () => {
    expect(plan(["items", "items"], many(10), true)).toEqual({ match: ["items"], matched: 10, asked: 10 });
  });

  it.each([true, false])("are the first series one by one where one instance has too many (%s)", (whole) => {
    const { match, matched, asked } = plan(["items"], many(5000), whole);
    expect([matched, asked, match.length]).toEqual([5000, maxSelectors, maxSelectors]);
    expect(pickedBy(match, many(5000)).length).toBe(maxSelectors);
  });

  it("are whole instances where there are more series than a page can hold", () => {
    const all = fleet(100, 10);
    const { match, matched, asked } = plan(['items{id=~"."}', "other"], all, true);
    expect([matched, asked]).toEqual([2000, 500]);
    const picked = pickedBy(match, all);
    expect(picked.length).toBe(500);
    expect(new Set(picked.map(({ instance }) => instance)).size).toBe(25);
  });

  it("stays within what a selector may have of bytes", () => {
    const { match, asked } = plan(["items"], fleet(600, 1, "h".repeat(100)), true);
    expect(asked).toBeGreaterThan(20);
    expect(match.every((selector) => selector.length <= 4096)).toBe(true);
  });

  it("is left to the aggregator up to what a page can hold", () => {
    expect(plan(["items"], many(maxSeries), true).match).toEqual(["items"]);
  });
});

describe("a chart", () => {
  it("shows what was picked even if nothing of it has arrived yet", () => {
    expect(metricsFor("latency", "later_ms", []).map(({ name }) => name)).toEqual(["later_ms"]);
  });
});
