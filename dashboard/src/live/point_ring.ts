// The newest points of one series, in typed arrays of fixed size: all of them for about the last minute at
// 60 Hz, and the last of each second for 15 minutes.
//
// Times rise: a point that is not later than the one before is left out, so history that comes again after a
// reconnect is spliced without overlap.

export const fineCapacity = 4096; // 68 s at 60 Hz
export const coarseCapacity = 1024; // 17 minutes
export const coarseStepMs = 1000;

/** Rows of a time and `width` values. The oldest is overwritten when full. */
class Ring {
  readonly times: Float64Array;
  readonly values: Float64Array;
  private written = 0;

  constructor(
    private readonly capacity: number, // a power of two
    private readonly width: number,
  ) {
    this.times = new Float64Array(capacity);
    this.values = new Float64Array(capacity * width);
  }

  get size(): number {
    return Math.min(this.written, this.capacity);
  }

  /** Where the row is kept that is `age` rows older than the newest. */
  slot(age: number): number {
    return (this.written - 1 - age) & (this.capacity - 1);
  }

  push(time: number, row: ArrayLike<number>, rowStart: number): void {
    this.written++;
    this.put(time, row, rowStart);
  }

  /** Overwrites the newest row. */
  put(time: number, row: ArrayLike<number>, rowStart: number): void {
    const slot = this.slot(0);
    this.times[slot] = time;
    for (let i = 0; i < this.width; ++i) this.values[slot * this.width + i] = row[rowStart + i]!;
  }

  oldestTime(): number {
    return this.size === 0 ? Infinity : this.times[this.slot(this.size - 1)]!;
  }

  /** Age of the newest row not later than `time`, or -1. */
  ageAt(time: number): number {
    let low = 0;
    let high = this.size; // the first age whose row is old enough lies in [low, high]
    // Most look-ups are for the newest few.
    for (let step = 1; low + step < high && this.times[this.slot(low + step - 1)]! > time; step *= 2)
      low += step;
    high = Math.min(high, low * 2 + 2);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[this.slot(middle)]! <= time) high = middle;
      else low = middle + 1;
    }
    return low < this.size && this.times[this.slot(low)]! <= time ? low : -1;
  }
}

export class PointRing {
  private readonly fine: Ring;
  private readonly coarse: Ring;
  private coarseSecond = -1;
  newestTime = -Infinity;

  constructor(readonly width: number) {
    this.fine = new Ring(fineCapacity, width);
    this.coarse = new Ring(coarseCapacity, width);
  }

  get empty(): boolean {
    return this.fine.size === 0;
  }

  /** Takes the `width` numbers from `row[rowStart]` on. False if the point is not newer than all before. */
  push(time: number, row: ArrayLike<number>, rowStart = 0): boolean {
    if (time <= this.newestTime) return false;
    this.newestTime = time;
    this.fine.push(time, row, rowStart);
    const second = Math.floor(time / coarseStepMs);
    if (second === this.coarseSecond) this.coarse.put(time, row, rowStart);
    else this.coarse.push(time, row, rowStart);
    this.coarseSecond = second;
    return true;
  }

  oldestTime(): number {
    return Math.min(this.fine.oldestTime(), this.coarse.oldestTime());
  }

  /** Column `column` of the newest point not later than `time`; NaN if there is none. */
  valueAt(time: number, column = 0): number {
    const ring = time >= this.fine.oldestTime() ? this.fine : this.coarse;
    const age = ring.ageAt(time);
    return age < 0 ? NaN : ring.values[ring.slot(age) * this.width + column]!;
  }

  /** The time of that point; NaN if there is none. */
  timeAt(time: number): number {
    const ring = time >= this.fine.oldestTime() ? this.fine : this.coarse;
    const age = ring.ageAt(time);
    return age < 0 ? NaN : ring.times[ring.slot(age)]!;
  }

  newest(column = 0): number {
    return this.empty ? NaN : this.fine.values[this.fine.slot(0) * this.width + column]!;
  }
}
