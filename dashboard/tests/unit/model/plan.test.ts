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

describe("what is asked for", () => {
  it("is what was wanted, each once", () => {
    expect(plan(["items", "items"], many(10))).toEqual({ match: ["items"], matched: 10, asked: 10 });
  });

  it("are the first series one by one where there are more than a page can hold", () => {
    const { match, matched, asked } = plan(["items"], many(5000));
    expect([matched, asked, match.length]).toEqual([5000, maxSelectors, maxSelectors]);
    const picked = many(5000).filter((one) => match.some((selector) => parseSelector(selector)(one)));
    expect(picked.length).toBe(maxSelectors);
  });

  it("is left to the aggregator up to what a page can hold", () => {
    expect(plan(["items"], many(maxSeries)).match).toEqual(["items"]);
  });
});

describe("a chart", () => {
  it("shows what was picked even if nothing of it has arrived yet", () => {
    expect(metricsFor("latency", "later_ms", []).map(({ name }) => name)).toEqual(["later_ms"]);
  });
});
