// A merged distribution: what several histograms' buckets hold together, and its quantiles.

import { type BoundTable, lowerBound } from "../live/bounds";
import type { HistogramSeries } from "../live/series";

/** A histogram silent for longer is no part of "now": its window of 10 s has passed. */
const maxAgeMs = 10_000;

export class Distribution {
  private dense = new Float64Array(1024); // by bound number
  private readonly touched: number[] = [];
  private sketch = true;
  /** Upper bounds rising, with their counts, and where each bucket begins. */
  readonly uppers: number[] = [];
  readonly lowers: number[] = [];
  readonly counts: number[] = [];
  total = 0;

  /** Replaces the content by what these histograms' windows held at `time`. */
  merge(histograms: readonly HistogramSeries[], table: BoundTable, time: number): void {
    this.clear();
    if (this.dense.length < table.bounds.length) this.dense = new Float64Array(table.bounds.length * 2);
    for (const histogram of histograms) {
      if (!histogram.sketch) this.sketch = false;
      histogram.forEachBucketAt(time, maxAgeMs, this.add);
    }
    this.touched.sort((a, b) => table.bounds[a]! - table.bounds[b]!);
    let before = -Infinity;
    for (const number of this.touched) {
      const upper = table.bounds[number]!;
      const count = this.dense[number]!;
      this.uppers.push(upper);
      this.lowers.push(lowerBound(upper, before, this.sketch));
      this.counts.push(count);
      this.total += count;
      this.dense[number] = 0;
      before = upper;
    }
  }

  /** As PromQL's histogram_quantile: linear within a bucket; NaN if empty. */
  quantile(share: number): number {
    let rank = share * this.total;
    for (let i = 0; i < this.counts.length; ++i) {
      const count = this.counts[i]!;
      if (rank <= count) {
        const [lower, upper] = [this.lowers[i]!, this.uppers[i]!];
        return Number.isFinite(upper) ? lower + (upper - lower) * (rank / count) : lower;
      }
      rank -= count;
    }
    return NaN;
  }

  private readonly add = (number: number, count: number): void => {
    if (this.dense[number] === 0) this.touched.push(number);
    this.dense[number]! += count;
  };

  private clear(): void {
    this.touched.length = this.uppers.length = this.lowers.length = this.counts.length = 0;
    this.total = 0;
    this.sketch = true;
  }
}
