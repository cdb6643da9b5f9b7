import { describe, expect, it } from "vitest";
import { BucketRing } from "../../../src/live/bucket_ring";

function at(ring: BucketRing, time: number, maxAgeMs = Infinity): [number, number][] {
  const found: [number, number][] = [];
  ring.forEachAt(time, maxAgeMs, (number, count) => found.push([number, count]));
  return found;
}

describe("buckets over time", () => {
  it("are those of the newest moment that is not later", () => {
    const ring = new BucketRing(4, 100);
    ring.push(1000, [1, 2], [10, 20], 2);
    ring.push(1100, [3], [30], 1);
    expect(at(ring, 999)).toEqual([]);
    expect(at(ring, 1099)).toEqual([
      [1, 10],
      [2, 20],
    ]);
    expect(at(ring, 5000)).toEqual([[3, 30]]);
    expect(at(ring, 5000, 1000)).toEqual([]);
  });

  it("are kept no closer to one another than the spacing", () => {
    const ring = new BucketRing(4, 100);
    ring.push(1000, [1], [1], 1);
    ring.push(1099, [2], [2], 1);
    expect(at(ring, 1099)).toEqual([[1, 1]]);
  });

  it("lose the oldest moment first when there are too many", () => {
    const ring = new BucketRing(4, 1);
    for (let i = 1; i <= 6; ++i) ring.push(i, [i], [i], 1);
    expect(ring.oldestTime()).toBe(3);
    expect(at(ring, 3)).toEqual([[3, 3]]);
  });

  it("stay right while the arena grows and wraps around", () => {
    const ring = new BucketRing(1024, 1);
    const width = 1500;
    const numbers = Array.from({ length: width }, (_, i) => i);
    for (let time = 1; time <= 2000; ++time) ring.push(time, numbers, Array<number>(width).fill(time), width);
    const oldest = ring.oldestTime();
    expect(oldest).toBeGreaterThan(1000);
    expect(oldest).toBeLessThan(1950);
    for (let time = oldest; time <= 2000; ++time) {
      const found = at(ring, time);
      expect(found.length).toBe(width);
      expect(found.every(([, count]) => count === time)).toBe(true);
    }
  });
});
