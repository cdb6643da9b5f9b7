// The upper bounds of all histograms' buckets, numbered, so that a bucket is kept in a few bytes and equal
// buckets of different series are merged by number.
//
// The aggregator's sketches have the bounds 2^(i/64). A bucket of explicit bounds begins where the next lower
// bound of its layout is, which is only known as far as buckets have been seen that were not empty.

const maxBounds = 65_535; // they are kept as 16-bit numbers
const bucketsPerOctave = 64;
const sketchRatio = 2 ** (1 / bucketsPerOctave);

export class BoundTable {
  private readonly numbers = new Map<number, number>();
  readonly bounds: number[] = [];
  /** Whether each is one that the aggregator's sketches have. */
  readonly sketch: boolean[] = [];

  /** -1 if the table is full. */
  numberOf(bound: number): number {
    const known = this.numbers.get(bound);
    if (known !== undefined) return known;
    if (this.bounds.length >= maxBounds) return -1;
    const number = this.bounds.length;
    this.numbers.set(bound, number);
    this.bounds.push(bound);
    this.sketch.push(isSketchBound(bound));
    return number;
  }
}

/** True for the bounds that the aggregator's sketches have. */
export function isSketchBound(bound: number): boolean {
  if (bound === 0) return true;
  const step = Math.log2(Math.abs(bound)) * bucketsPerOctave;
  return Math.abs(step - Math.round(step)) < 1e-6;
}

/** Where a bucket begins, given its upper bound and that of the bucket before. */
export function lowerBound(upper: number, before: number, sketch: boolean): number {
  if (sketch) return upper >= 0 ? upper / sketchRatio : upper * sketchRatio;
  return Number.isFinite(before) ? before : Math.min(0, upper);
}
