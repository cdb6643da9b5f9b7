// The series that the page receives, and where frames put their points.
//
// Not React state: frames write here sixty times a second, and the drawing loop reads.

import type { LiveFrame, SeriesIdentity } from "../wire/frame";
import { MalformedError } from "../wire/reader";
import { BoundTable } from "./bounds";
import { HistogramSeries, keyOf, Series } from "./series";

/** Most series kept. Of more, the first stay and the rest is counted as left out. */
export const maxSeries = 512;

const statisticsPerHistogram = 7;

export class SeriesStore {
  readonly bounds = new BoundTable();
  private readonly byKey = new Map<string, Series>();
  private readonly byRef = new Map<number, Series | null>(); // null: left out
  private readonly row = new Float64Array(2 + statisticsPerHistogram);
  /** Grows when series come or go. */
  version = 0;
  /** Grows when history has filled in what lies before the newest points. */
  historyVersion = 0;
  newestTime = -Infinity;
  leftOut = 0;

  series(): IterableIterator<Series> {
    return this.byKey.values();
  }

  get size(): number {
    return this.byKey.size;
  }

  /** Applies a decoded frame, or throws MalformedError before anything has changed. */
  apply(frame: LiveFrame): void {
    if (frame.seq === 1) this.byRef.clear();
    this.checkRefs(frame);
    for (const { ref, identity } of frame.announced) this.announce(ref, identity);
    for (let i = 0; i < frame.refs.length; ++i) {
      const series = this.byRef.get(frame.refs.data[i]!);
      if (!series || series.kind === "histogram") continue;
      if (series.points.push(frame.timesMs.data[i]!, frame.values.data, i)) this.note(frame.timesMs.data[i]!);
    }
    for (let i = 0; i < frame.histogramRefs.length; ++i) this.applyHistogram(frame, i);
    for (let i = 0; i < frame.gone.length; ++i) this.drop(frame.gone.data[i]!);
    if (frame.history) this.historyVersion++;
  }

  private note(time: number): void {
    if (time > this.newestTime) this.newestTime = time;
  }

  private checkRefs(frame: LiveFrame): void {
    const announced = new Set(frame.announced.map(({ ref }) => ref));
    const check = (column: { data: Float64Array; length: number }): void => {
      for (let i = 0; i < column.length; ++i) {
        const ref = column.data[i]!;
        if (!this.byRef.has(ref) && !announced.has(ref)) throw new MalformedError("a series never announced");
      }
    };
    check(frame.refs);
    check(frame.histogramRefs);
    check(frame.gone);
  }

  private announce(ref: number, identity: SeriesIdentity): void {
    if (this.byRef.has(ref)) return;
    const key = keyOf(identity);
    let series = this.byKey.get(key);
    if (series === undefined) {
      if (this.byKey.size >= maxSeries) {
        this.leftOut++;
        this.byRef.set(ref, null);
        return;
      }
      series = identity.kind === "histogram" ? new HistogramSeries(identity) : new Series(identity);
      this.byKey.set(key, series);
    }
    series.gone = false;
    this.byRef.set(ref, series);
    this.version++;
  }

  private applyHistogram(frame: LiveFrame, i: number): void {
    const series = this.byRef.get(frame.histogramRefs.data[i]!);
    if (!(series instanceof HistogramSeries)) return;
    const time = frame.histogramTimesMs.data[i]!;
    const row = this.row;
    row[0] = frame.counts.data[i]!;
    row[1] = frame.sums.data[i]!;
    for (let s = 0; s < statisticsPerHistogram; ++s) {
      row[2 + s] = frame.statistics.data[i * statisticsPerHistogram + s]!;
    }
    if (!series.points.push(time, row)) return;
    this.note(time);
    const begin = i === 0 ? 0 : frame.bucketEnds.data[i - 1]!;
    const end = frame.bucketEnds.data[i]!;
    series.pushBuckets(time, frame.bucketBounds.data, frame.bucketCounts.data, begin, end, this.bounds);
  }

  private drop(ref: number): void {
    const series = this.byRef.get(ref);
    this.byRef.delete(ref);
    if (!series) return;
    series.gone = true; // its points stay on the charts until they have scrolled out
    this.version++;
  }
}
