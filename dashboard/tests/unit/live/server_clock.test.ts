import { describe, expect, it } from "vitest";
import { ServerClock } from "../../../src/live/server_clock";

describe("the aggregator's clock", () => {
  it("is not known before a frame", () => {
    expect(new ServerClock().known).toBe(false);
  });

  it("is told by the frames that were on their way the shortest", () => {
    const clock = new ServerClock();
    for (let i = 0; i < 500; ++i) clock.observe(1_000_000 + i * 16, i * 16 + (i % 10 === 0 ? 2 : 80));
    expect(clock.now(8000)).toBeGreaterThan(1_008_000 - 4);
    expect(clock.now(8000)).toBeLessThanOrEqual(1_008_000);
  });

  it("moves smoothly when it learns better, and at once after a leap", () => {
    const clock = new ServerClock();
    clock.observe(1_000_000, 0);
    clock.observe(1_000_100, 0);
    expect(clock.now(0)).toBe(1_000_010);
    clock.observe(2_000_000, 0);
    expect(clock.now(0)).toBe(2_000_000);
  });
});
