// Series with points, for tests of what is made of them.

import { FrameDecoder } from "../../../src/wire/frame";
import type { Series } from "../../../src/live/series";
import { SeriesStore } from "../../../src/live/store";
import { frameBytes, type TestHistogram, type TestSeries, timeMs, timeUs } from "../bytes";

export const kinds = { gauge: 1, counter: 2, histogram: 3 } as const;

export function scalar(
  identity: Partial<TestSeries>,
  points: [secondsAfter: number, value: number][],
): Series {
  const store = new SeriesStore();
  const decoder = new FrameDecoder();
  points.forEach(([seconds, value], i) => {
    const series = i === 0 ? [{ ref: 1, name: "x", ...identity }] : [];
    const at = timeUs + Math.round(seconds * 1e6);
    store.apply(decoder.decode(frameBytes({ seq: i + 1, series, samples: [{ ref: 1, timeUs: at, value }] })));
  });
  return [...store.series()][0]!;
}

export function histograms(all: (Partial<TestSeries> & { state: Partial<TestHistogram> })[]): SeriesStore {
  const store = new SeriesStore();
  const series = all.map(({ name = "latency_seconds", service, labels }, ref) => ({
    ref,
    name,
    kind: kinds.histogram,
    ...(service !== undefined && { service }),
    labels: { n: String(ref), ...labels },
  }));
  const states = all.map(({ state }, ref) => ({ ref, timeUs, ...state }));
  store.apply(new FrameDecoder().decode(frameBytes({ series, histograms: states })));
  return store;
}

export const at = (seconds: number): number => timeMs + seconds * 1000;
