import { describe, expect, it } from "vitest";
import type { HistogramSeries, Series } from "../../../src/live/series";
import { Distribution } from "../../../src/model/distribution";
import { gaugeAt, rateAt } from "../../../src/model/measure";
import {
  errorPlot,
  latencyPlot,
  overlayPlot,
  type Plot,
  seriesPlot,
  shortLabel,
  throughputPlot,
} from "../../../src/model/plot";
import { timeMs } from "../bytes";
import { at, histograms, kinds, scalar } from "./series";

function sample(plot: Plot, time: number): number[] {
  const out = new Float64Array(plot.labels.length).fill(NaN);
  plot.sample(time, 0, out);
  return [...out];
}

/** A counter that grows by `perSecond`, ten times a second for `seconds`. */
const growing = (perSecond: number, seconds: number, identity = {}): Series =>
  scalar(
    { kind: kinds.counter, ...identity },
    Array.from({ length: seconds * 10 }, (_, i) => [i / 10, (i * perSecond) / 10]),
  );

describe("a rate", () => {
  it("is growth by time, wherever in between it is asked", () => {
    const counter = growing(50, 10);
    for (const seconds of [2, 5, 5.03, 9.9]) expect(rateAt(counter, at(seconds))).toBeCloseTo(50, 6);
  });

  it("is not known before the second point", () => {
    expect(rateAt(growing(50, 10), at(0))).toBeNaN();
    expect(rateAt(growing(50, 10), at(-5))).toBeNaN();
  });

  it("does not flicker for a total read once a second", () => {
    const slow = scalar({ kind: kinds.counter }, Array.from({ length: 20 }, (_, i) => [i, i * 7])); // prettier-ignore
    for (let t = 3; t < 19; t += 0.13) expect(rateAt(slow, at(t))).toBeCloseTo(7, 6);
  });

  it("falls to zero when nothing comes any more", () => {
    const counter = growing(50, 5);
    expect(rateAt(counter, at(10))).toBe(0);
  });

  it("is not negative when the total starts again", () => {
    const restarted = scalar({ kind: kinds.counter }, [[0, 1000], [1, 1100], [2, 5], [3, 105]]); // prettier-ignore
    expect(rateAt(restarted, at(2))).toBe(0);
    expect(rateAt(restarted, at(3))).toBeCloseTo(100, 6);
  });
});

describe("a level", () => {
  it("holds for a while, and then is not known", () => {
    const gauge = scalar({}, [[0, 4]]);
    expect(gaugeAt(gauge, at(10))).toBe(4);
    expect(gaugeAt(gauge, at(60))).toBeNaN();
  });
});

describe("latency", () => {
  const statistics = [0.1, 0.2, 0.3, 0.4, 0.5, 0.05, 0.6];

  it("of one histogram is what the aggregator says", () => {
    const store = histograms([{ state: { statistics, buckets: [[1, 1]] } }]);
    expect(sample(latencyPlot([...store.series()], store.bounds), timeMs)).toEqual([0.1, 0.3, 0.4]);
  });

  it("of several is of all observations together", () => {
    const few = { statistics, count: 1, buckets: [[2 ** -4, 10]] as [number, number][] };
    const many = { statistics, count: 1, buckets: [[2 ** 2, 990]] as [number, number][] };
    const store = histograms([{ state: few }, { state: many }]);
    const [p50, p95, p99] = sample(latencyPlot([...store.series()], store.bounds), timeMs);
    for (const value of [p50!, p95!, p99!]) expect(Math.abs(value / 4 - 1)).toBeLessThan(0.011);
  });

  it("is in seconds whatever the metric is in", () => {
    const store = histograms([{ name: "rpc_ms", state: { statistics: statistics.map((s) => s * 1000) } }]);
    const [p50] = sample(latencyPlot([...store.series()], store.bounds), timeMs);
    expect(p50).toBeCloseTo(0.1, 9);
  });

  it("of ready-made quantiles is that of the worst instance", () => {
    const gauges = ["latency_p50", "latency_p99"].flatMap((name) =>
      [10, 30].map((value, i) => scalar({ name, instance: String(i) }, [[0, value]])),
    );
    const [p50, p95, p99] = sample(latencyPlot(gauges, { bounds: [] } as never), at(1));
    expect([p50, p95, p99]).toEqual([0.03, NaN, 0.03]);
  });
});

describe("a merged distribution", () => {
  it("finds quantiles within one percent of the truth, over six decades", () => {
    const values = Array.from({ length: 5000 }, (_, i) => 1e-3 * 10 ** ((i / 5000) * 6));
    const buckets = new Map<number, number>();
    for (const value of values) {
      const upper = 2 ** (Math.ceil(Math.log2(value) * 64) / 64);
      buckets.set(upper, (buckets.get(upper) ?? 0) + 1);
    }
    const half = [...buckets].sort(([a], [b]) => a - b);
    const store = histograms([{ state: { buckets: half } }, { state: { buckets: half } }]);
    const merged = new Distribution();
    merged.merge([...store.series()] as HistogramSeries[], store.bounds, timeMs);
    expect(merged.total).toBe(10_000);
    for (const share of [0.01, 0.5, 0.9, 0.99, 0.999]) {
      expect(Math.abs(merged.quantile(share) / values[Math.floor(share * 5000)]! - 1)).toBeLessThan(0.012);
    }
  });

  it("interpolates between explicit bounds, and stops at the last one that is a number", () => {
    const buckets: [number, number][] = [[0.1, 50], [0.5, 30], [Infinity, 20]]; // prettier-ignore
    const store = histograms([{ state: { buckets } }]);
    const merged = new Distribution();
    merged.merge([...store.series()] as HistogramSeries[], store.bounds, timeMs);
    expect(merged.quantile(0.5)).toBeCloseTo(0.1, 9);
    expect(merged.quantile(0.65)).toBeCloseTo(0.3, 9);
    expect(merged.quantile(0.99)).toBeCloseTo(0.5, 9);
  });

  it("is empty once its histograms' windows have passed", () => {
    const store = histograms([{ state: { buckets: [[1, 1]] } }]);
    const merged = new Distribution();
    merged.merge([...store.series()] as HistogramSeries[], store.bounds, at(60));
    expect([merged.total, merged.quantile(0.5)]).toEqual([0, NaN]);
  });
});

describe("throughput", () => {
  it("adds up what belongs to one service", () => {
    const plot = throughputPlot([
      growing(10, 5, { service: "a" }),
      growing(20, 5, { service: "b" }),
      growing(5, 5, { service: "a", instance: "2" }),
    ]);
    expect(plot.labels).toEqual(["a", "b"]);
    const [a, b] = sample(plot, at(4));
    expect([a, b].map((value) => Math.round(value!))).toEqual([15, 20]);
  });

  it("puts services beyond the eighth together", () => {
    const plot = throughputPlot(
      Array.from({ length: 20 }, (_, i) => growing(1, 3, { service: `s${10 + i}` })),
    );
    expect(plot.labels.length).toBe(8);
    expect(plot.labels[7]).toBe("others");
    expect(sample(plot, at(2)).reduce((sum, value) => sum + value, 0)).toBeCloseTo(20, 6);
  });
});

describe("the error rate", () => {
  it("is failures by requests, by service and of all", () => {
    const requests = [growing(100, 5, { service: "a" }), growing(300, 5, { service: "b" })];
    const errors = [growing(5, 5, { service: "a", name: "errors_total" })];
    expect(sample(errorPlot(errors, requests), at(4)).map((value) => Math.round(value * 100) / 100)).toEqual([
      5, 0,
    ]);
    expect(sample(errorPlot(errors, requests, false), at(4))[0]).toBeCloseTo(1.25, 6);
  });

  it("counts statuses of the 500s as failures, and no others", () => {
    const of = (status: string, rate: number): Series =>
      growing(rate, 5, { name: "requests_total", labels: { status }, instance: status });
    const all = [of("200", 90), of("404", 5), of("500", 5)];
    expect(sample(errorPlot(all, all), at(4))[0]).toBeCloseTo(5, 6);
  });

  it("of a gauge from 0 to 1 is in percent", () => {
    const gauges = [0.02, 0.04].map((value, i) =>
      scalar({ name: "error_rate", instance: String(i) }, [[0, value]]),
    );
    expect(sample(errorPlot(gauges, []), at(1))[0]).toBeCloseTo(3, 9);
  });
});

describe("single series", () => {
  it("are shown as what they are", () => {
    expect(seriesPlot(scalar({}, [[0, 4]]), "quantiles").perSecond).toBe(false);
    expect(seriesPlot(growing(1, 2), "quantiles").perSecond).toBe(true);
    const store = histograms([{ state: {} }]);
    const [histogram] = store.series();
    expect(seriesPlot(histogram!, "quantiles").labels).toEqual(["p50", "p95", "p99"]);
    expect(seriesPlot(histogram!, "rate").labels).toEqual(["per second"]);
  });

  it("over one another are named by what tells them apart", () => {
    const series = [0, 1].map((core) =>
      scalar({ name: "cpu", labels: { core: String(core), host: "h" } }, [[0, core]]),
    );
    expect(series.map(shortLabel(series))).toEqual(["0", "1"]);
    expect(sample(overlayPlot(series, "quantiles"), at(1))).toEqual([0, 1]);
  });
});
