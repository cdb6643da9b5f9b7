// What the buckets of one histogram held, at moments at least `spacingMs` apart, sparse and in typed arrays.
//
// Buckets lie one behind the other in an arena that wraps around; the oldest moments make room for the newest.
// It grows up to `maxArena` where moments would be lost before their time.

const firstArena = 8 * 1024;
const maxArena = 128 * 1024;

export class BucketRing {
  private readonly times: Float64Array;
  private readonly starts: Uint32Array;
  private readonly lengths: Uint16Array;
  private numbers = new Uint16Array(firstArena);
  private counts = new Float32Array(firstArena);
  private first = 0; // moments [first, next) are kept
  private next = 0;
  private head = 0; // where in the arena the next one goes
  newestTime = -Infinity;

  constructor(
    private readonly capacity: number, // moments; a power of two
    private readonly spacingMs: number,
  ) {
    this.times = new Float64Array(capacity);
    this.starts = new Uint32Array(capacity);
    this.lengths = new Uint16Array(capacity);
  }

  /** True if a moment at `time` would be kept. */
  wants(time: number): boolean {
    return time >= this.newestTime + this.spacingMs;
  }

  push(time: number, numbers: ArrayLike<number>, counts: ArrayLike<number>, length: number): void {
    if (!this.wants(time) || length > firstArena) return;
    this.makeRoom(length);
    const slot = this.next++ & (this.capacity - 1);
    this.times[slot] = this.newestTime = time;
    this.starts[slot] = this.head;
    this.lengths[slot] = length;
    for (let i = 0; i < length; ++i) {
      this.numbers[this.head + i] = numbers[i]!;
      this.counts[this.head + i] = counts[i]!;
    }
    this.head += length;
  }

  /** Calls add(bound number, count) for the buckets of the newest moment in (time - maxAgeMs, time]. */
  forEachAt(time: number, maxAgeMs: number, add: (number: number, count: number) => void): void {
    const moment = this.momentAt(time);
    if (moment < 0) return;
    const slot = moment & (this.capacity - 1);
    if (this.times[slot]! <= time - maxAgeMs) return;
    const start = this.starts[slot]!;
    for (let i = 0; i < this.lengths[slot]!; ++i) add(this.numbers[start + i]!, this.counts[start + i]!);
  }

  oldestTime(): number {
    return this.first === this.next ? Infinity : this.times[this.first & (this.capacity - 1)]!;
  }

  private momentAt(time: number): number {
    let low = this.first;
    let high = this.next; // the first moment later than `time` lies in [low, high]
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle & (this.capacity - 1)]! <= time) low = middle + 1;
      else high = middle;
    }
    return low > this.first ? low - 1 : -1;
  }

  private makeRoom(length: number): void {
    if (this.next - this.first === this.capacity) this.first++;
    if (this.head + length > this.numbers.length) {
      if (this.numbers.length < maxArena) {
        this.grow();
        return;
      }
      // What is left of the last round ahead of the wrap goes first: it is the oldest.
      while (this.first < this.next && this.starts[this.first & (this.capacity - 1)]! >= this.head)
        this.first++;
      this.head = 0;
    }
    while (this.first < this.next) {
      const start = this.starts[this.first & (this.capacity - 1)]!;
      if (start < this.head || start >= this.head + length) break;
      this.first++;
    }
  }

  // Only before the first wrap, so what is kept stays where it is.
  private grow(): void {
    const numbers = new Uint16Array(this.numbers.length * 2);
    numbers.set(this.numbers);
    this.numbers = numbers;
    const counts = new Float32Array(this.counts.length * 2);
    counts.set(this.counts);
    this.counts = counts;
  }
}
