// One series as the page keeps it: who it is, and its points.

import type { Kind, SeriesIdentity } from "../wire/frame";
import { isSketchBound } from "./bounds";
import { BucketRing } from "./bucket_ring";
import { PointRing } from "./point_ring";

/** Columns of a histogram's points; those of LiveFrame.statistics follow. */
export const enum Column {
  Count = 0,
  Sum = 1,
  Statistics = 2,
}
const histogramColumns = 9;

/** An unambiguous text for an identity, the same after a reconnect. */
export function keyOf(identity: SeriesIdentity): string {
  const { name, service, instance, kind, labels } = identity;
  return JSON.stringify([name, service, instance, kind, labels]);
}

export class Series {
  readonly points: PointRing;
  gone = false;

  constructor(readonly identity: SeriesIdentity) {
    this.points = new PointRing(identity.kind === "histogram" ? histogramColumns : 1);
  }

  get kind(): Kind {
    return this.identity.kind;
  }
}

export class HistogramSeries extends Series {
  /** True while all bounds seen were those of a sketch. */
  sketch = true;
  readonly recent = new BucketRing(256, 240);
  readonly lasting = new BucketRing(1024, 990);
  // The newest moment, whatever the rings' spacing.
  readonly newestNumbers: number[] = [];
  readonly newestCounts: number[] = [];

  pushBuckets(time: number): void {
    const { newestNumbers, newestCounts } = this;
    this.recent.push(time, newestNumbers, newestCounts, newestNumbers.length);
    this.lasting.push(time, newestNumbers, newestCounts, newestNumbers.length);
  }

  noteBound(bound: number): void {
    if (this.sketch && !isSketchBound(bound)) this.sketch = false;
  }

  /** Calls add() for the buckets as they were at `time`, unless the series was silent for longer than maxAgeMs. */
  forEachBucketAt(time: number, maxAgeMs: number, add: (number: number, count: number) => void): void {
    if (time >= this.points.newestTime) {
      if (time - this.points.newestTime > maxAgeMs) return;
      for (let i = 0; i < this.newestNumbers.length; ++i) add(this.newestNumbers[i]!, this.newestCounts[i]!);
      return;
    }
    const ring = time >= this.recent.oldestTime() ? this.recent : this.lasting;
    ring.forEachAt(time, maxAgeMs, add);
  }
}
