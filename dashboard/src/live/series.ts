// One series as the page keeps it: who it is, and its points.

import type { Kind, SeriesIdentity } from "../wire/frame";
import type { BoundTable } from "./bounds";
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
  // Its windows are of 10 s: moments further apart than those of other points still tell all.
  readonly lasting = new BucketRing(512, 1990);
  // The newest moment, whatever the rings' spacing: bound numbers and counts, by rising bounds.
  private newestNumbers = new Uint16Array(64);
  private newestCounts = new Float64Array(64);
  private newestLength = 0;
  private before = new Uint16Array(64);

  /** Takes the buckets [begin, end) of these columns, which rise. */
  pushBuckets(
    time: number,
    bounds: Float64Array,
    counts: Float64Array,
    begin: number,
    end: number,
    table: BoundTable,
  ): void {
    this.makeRoom(end - begin);
    [this.before, this.newestNumbers] = [this.newestNumbers, this.before];
    const beforeLength = this.newestLength;
    const known = table.bounds;
    let length = 0;
    // Most bounds were there the last time too, in the same order: so they are seldom looked up.
    let guess = 0;
    for (let b = begin; b < end; ++b) {
      const bound = bounds[b]!;
      while (guess < beforeLength && known[this.before[guess]!]! < bound) guess++;
      let number: number;
      if (guess < beforeLength && known[this.before[guess]!] === bound) {
        number = this.before[guess]!;
      } else {
        number = table.numberOf(bound);
        if (number < 0) continue;
        if (!table.sketch[number]!) this.sketch = false;
      }
      this.newestNumbers[length] = number;
      this.newestCounts[length++] = counts[b]!;
    }
    this.newestLength = length;
    this.recent.push(time, this.newestNumbers, this.newestCounts, length);
    this.lasting.push(time, this.newestNumbers, this.newestCounts, length);
  }

  private makeRoom(length: number): void {
    if (length <= this.before.length && length <= this.newestNumbers.length) return;
    const grow = (old: Uint16Array): Uint16Array => {
      const grown = new Uint16Array(length * 2);
      grown.set(old);
      return grown;
    };
    this.before = grow(this.before);
    this.newestNumbers = grow(this.newestNumbers);
    this.newestCounts = new Float64Array(length * 2);
  }

  /** Calls add() for the buckets as they were at `time`, unless the series was silent for longer than maxAgeMs. */
  forEachBucketAt(time: number, maxAgeMs: number, add: (number: number, count: number) => void): void {
    if (time >= this.points.newestTime) {
      if (time - this.points.newestTime > maxAgeMs) return;
      for (let i = 0; i < this.newestLength; ++i) add(this.newestNumbers[i]!, this.newestCounts[i]!);
      return;
    }
    const ring = time >= this.recent.oldestTime() ? this.recent : this.lasting;
    ring.forEachAt(time, maxAgeMs, add);
  }
}
