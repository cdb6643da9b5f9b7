import { describe, expect, it } from "vitest";
import { FrameDecoder } from "../../../src/wire/frame";
import { HistogramSeries } from "../../../src/live/series";
import { maxSeries, SeriesStore } from "../../../src/live/store";
import { MalformedError } from "../../../src/wire/reader";
import { frameBytes, type TestFrame, timeMs, timeUs } from "../bytes";

function storeOf(...frames: TestFrame[]): SeriesStore {
  const store = new SeriesStore();
  const decoder = new FrameDecoder();
  for (const frame of frames) store.apply(decoder.decode(frameBytes(frame)));
  return store;
}

const up = { ref: 1, name: "up" };

describe("the store", () => {
  it("puts samples to their series", () => {
    const store = storeOf({ series: [up], samples: [{ ref: 1, timeUs, value: 5 }] });
    const [series] = store.series();
    expect(series!.points.valueAt(timeMs)).toBe(5);
    expect(store.newestTime).toBe(timeMs);
  });

  it("refuses a frame with a series never announced, whole", () => {
    const store = storeOf({ series: [up] });
    const frame = { seq: 2, samples: [{ ref: 1, timeUs, value: 5 }, { ref: 9, timeUs, value: 5 }] }; // prettier-ignore
    expect(() => store.apply(new FrameDecoder().decode(frameBytes(frame)))).toThrow(MalformedError);
    const [series] = store.series();
    expect(series!.points.empty).toBe(true);
  });

  it("finds a series again after a reconnect, under whatever number", () => {
    const store = storeOf(
      { series: [up], samples: [{ ref: 1, timeUs, value: 1 }] },
      { seq: 1, series: [{ ...up, ref: 8 }], samples: [{ ref: 8, timeUs: timeUs + 1000, value: 2 }] },
    );
    expect(store.size).toBe(1);
    const [series] = store.series();
    expect([series!.points.valueAt(timeMs), series!.points.valueAt(timeMs + 1)]).toEqual([1, 2]);
  });

  it("keeps the points of a series that is gone, and says that it is", () => {
    const store = storeOf({ series: [up], samples: [{ ref: 1, timeUs, value: 1 }] }, { seq: 2, gone: [1] });
    const [series] = store.series();
    expect([series!.gone, series!.points.valueAt(timeMs)]).toEqual([true, 1]);
  });

  it("counts what it leaves out, and goes on with the rest", () => {
    const series = Array.from({ length: maxSeries + 10 }, (_, ref) => ({ ref, name: `metric_${ref}` }));
    const samples = series.map(({ ref }) => ({ ref, timeUs, value: ref }));
    const store = storeOf({ series, samples });
    expect([store.size, store.leftOut]).toEqual([maxSeries, 10]);
  });

  it("knows a histogram's buckets at any moment", () => {
    const histogram = { ref: 1, name: "latency_seconds", kind: 3 } as const;
    const statistics = [1, 1, 1, 1, 1, 1, 1];
    const second = (i: number): TestFrame => ({
      seq: i + 1,
      ...(i === 0 && { series: [histogram] }),
      histograms: [
        { ref: 1, timeUs: timeUs + i * 1_000_000, count: i, statistics, buckets: [[2 ** i, i + 1]] },
      ],
    });
    const store = storeOf(second(0), second(1), second(2));
    const [series] = store.series();
    const found: [number, number][] = [];
    (series as HistogramSeries).forEachBucketAt(timeMs + 1500, 10_000, (number, count) =>
      found.push([store.bounds.bounds[number]!, count]),
    );
    expect(found).toEqual([[2, 2]]);
    expect((series as HistogramSeries).sketch).toBe(true);
  });
});
