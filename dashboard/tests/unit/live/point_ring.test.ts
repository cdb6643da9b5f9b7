import { describe, expect, it } from "vitest";
import { fineCapacity, PointRing } from "../../../src/live/point_ring";

const start = 1_700_000_000_000;

/** A ring with a point each `stepMs`, whose value is its number. */
function filled(count: number, stepMs: number): PointRing {
  const ring = new PointRing(1);
  for (let i = 0; i < count; ++i) ring.push(start + i * stepMs, [i]);
  return ring;
}

describe("a series' points", () => {
  it("say what was the newest at any moment", () => {
    const ring = filled(10, 100);
    expect(ring.valueAt(start - 1)).toBeNaN();
    expect(ring.valueAt(start)).toBe(0);
    expect(ring.valueAt(start + 250)).toBe(2);
    expect(ring.timeAt(start + 250)).toBe(start + 200);
    expect(ring.valueAt(start + 1e9)).toBe(9);
  });

  it("agree with a search through all, wherever they are asked", () => {
    const ring = filled(9000, 7);
    for (let i = 9000 - fineCapacity; i < 9000; i += 13) expect(ring.valueAt(start + i * 7 + 3)).toBe(i);
  });

  it("leave out what is not newer, so history that comes twice changes nothing", () => {
    const ring = filled(5, 100);
    expect(ring.push(start + 400, [99])).toBe(false);
    expect(ring.push(start + 100, [99])).toBe(false);
    expect(ring.valueAt(start + 400)).toBe(4);
  });

  it("at 60 a second, keep a minute finely and a quarter of an hour by the second", () => {
    const perSecond = 60;
    const seconds = 16 * 60;
    const ring = filled(seconds * perSecond, 1000 / perSecond);
    const end = start + seconds * 1000;
    const fine = ring.valueAt(end - 50_000) - ring.valueAt(end - 50_000 - 100);
    expect(fine).toBe(6);
    expect(ring.oldestTime()).toBeLessThanOrEqual(end - 15 * 60 * 1000);
    const old = end - 14 * 60 * 1000;
    expect(ring.valueAt(old + 999) % perSecond).toBe(perSecond - 1);
  });

  it("hold rows of several columns", () => {
    const ring = new PointRing(2);
    ring.push(start, [0, 1, 2, 3], 2);
    expect([ring.valueAt(start, 0), ring.valueAt(start, 1), ring.newest(1)]).toEqual([2, 3, 3]);
  });
});
