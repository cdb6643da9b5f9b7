import { describe, expect, it } from "vitest";
import type { Status } from "../../../src/live/api";
import { nodeRows } from "../../../src/views/node_rows";

const now = 1_700_000_000_000;
const totals = { batches: 1, sent: 5, accepted: 5, duplicate: 0, rejected: {}, dropped: {}, difference: 0 };

function status(...instances: string[]): Status {
  return {
    time: now,
    nodes: instances.map((instance) => ({ ...totals, service: "web", instance, live_producers: 1 })),
    producers: instances.map((instance) => ({
      ...totals,
      service: "web",
      instance,
      connected: true,
      first_seen: now - 60_000,
      last_seen: now - 100,
    })),
  } as unknown as Status;
}

describe("nodes", () => {
  it("are live, stale or gone", () => {
    const seen = (instance: string, series: number, silentMs: number) => ({
      service: "web",
      instance,
      series,
      newestMs: now - silentMs,
      lagMs: 12,
    });
    const rows = nodeRows(null, [seen("a", 3, 100), seen("b", 3, 8000), seen("c", 0, 400_000)], now);
    expect(rows.map(({ instance, state }) => [instance, state])).toEqual([
      ["a", "live"],
      ["b", "stale"],
      ["c", "gone"],
    ]);
  });

  it("show their ledger, also where they have no series left", () => {
    const [row] = nodeRows(status("old"), [], now);
    expect([row!.state, row!.ledger?.sent, row!.firstSeenMs]).toEqual(["gone", 5, now - 60_000]);
  });
});
