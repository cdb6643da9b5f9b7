import { beforeEach, describe, expect, it } from "vitest";
import type { ConnectionHost } from "../../../src/live/connection";
import { Feed } from "../../../src/live/feed";
import { frameBytes, type TestFrame, timeMs, timeUs } from "../bytes";

let socket: { readyState: number; onopen?: () => void; onmessage?: (event: { data: unknown }) => void };
let sent: { match: string[]; since?: string }[];
let stores: number;
let feed: Feed;
let nowMs: number;

beforeEach(() => {
  sent = [];
  stores = 0;
  nowMs = 0;
  const host: ConnectionHost = {
    open: () => {
      socket = { readyState: 1 };
      return Object.assign(socket, {
        send: (text: string) => sent.push(JSON.parse(text) as (typeof sent)[number]),
        close: () => undefined,
      }) as unknown as WebSocket;
    },
    probe: () => Promise.resolve("ok"),
    nowMs: () => nowMs,
    after: () => () => undefined,
    random: () => 0,
  };
  feed = new Feed("", { onState: () => undefined, onError: () => undefined, onStore: () => stores++ }, host);
  feed.start("");
  socket.onopen?.();
});

const receive = (frame: TestFrame): void => socket.onmessage?.({ data: frameBytes(frame).buffer });
const names = (): string[] => [...feed.store.series()].map(({ identity }) => identity.name);
const sample = (name: string, at = timeUs): TestFrame => ({
  series: [{ ref: 1, name }],
  samples: [{ ref: 1, timeUs: at, value: 1 }],
});

describe("the feed", () => {
  it("shows a new subscription only once its history is complete", () => {
    feed.watch(["a"], 60_000);
    receive({ seq: 1, ...sample("a"), history: true });
    expect([stores, names()]).toEqual([0, []]);
    receive({ seq: 2, samples: [{ ref: 1, timeUs: timeUs + 1, value: 2 }] });
    expect([stores, names()]).toEqual([1, ["a"]]);
  });

  it("splices live values to history without gap or overlap", () => {
    feed.watch(["a"], 60_000);
    receive({ seq: 1, ...sample("a"), history: true });
    receive({ seq: 2, samples: [{ ref: 1, timeUs: timeUs + 16_000, value: 2 }] });
    const [series] = feed.store.series();
    expect([series!.points.valueAt(timeMs), series!.points.valueAt(timeMs + 16)]).toEqual([1, 2]);
  });

  it("does not take the empty frame of the opening subscription for the new one", () => {
    feed.watch(["a"], 60_000);
    receive({ seq: 1 });
    expect(stores).toBe(0);
    receive({ seq: 1, ...sample("a") });
    expect([stores, names()]).toEqual([1, ["a"]]);
  });

  it("goes on with the old series until the new ones are there", () => {
    feed.watch(["a"], 1000);
    receive({ seq: 1, ...sample("a") });
    feed.watch(["b"], 1000);
    receive({ seq: 2, samples: [{ ref: 1, timeUs: timeUs + 1000, value: 5 }] });
    expect(names()).toEqual(["a"]);
    receive({ seq: 1, ...sample("b") });
    expect(names()).toEqual(["b"]);
  });

  it("makes one change at a time, and of those waiting only the last", () => {
    feed.watch(["a"], 1000);
    feed.watch(["b"], 1000);
    feed.watch(["c"], 1000);
    const asked = (): string[] => sent.map(({ match }) => match[0]!);
    expect(asked()).toEqual(["a"]);
    receive({ seq: 1, ...sample("a") });
    expect(asked()).toEqual(["a", "c"]);
  });

  it("after an outage asks for what was missed, and keeps what it had", () => {
    feed.watch(["a"], 60_000);
    receive({ seq: 1, ...sample("a") });
    nowMs = 120_000;
    feed.start("");
    socket.onopen?.();
    expect(sent[sent.length - 1]).toMatchObject({ match: ["a"], since: "125s" });
    receive({ seq: 1, ...sample("a", timeUs + 90_000_000), history: true });
    const [series] = feed.store.series();
    expect([series!.points.valueAt(timeMs), series!.points.newestTime]).toEqual([1, timeMs + 90_000]);
  });

  it("counts malformed frames and goes on", () => {
    feed.watch(["a"], 1000);
    receive({ seq: 1, ...sample("a") });
    socket.onmessage?.({ data: new Uint8Array([1, 2, 3]).buffer });
    receive({ seq: 2, samples: [{ ref: 77, timeUs, value: 1 }] });
    receive({ seq: 3, samples: [{ ref: 1, timeUs: timeUs + 5000, value: 7 }], skipped: 2 });
    const [series] = feed.store.series();
    expect(series!.points.newest()).toBe(7);
    expect(feed.counts).toEqual({ frames: 2, skipped: 2, malformed: 2 });
  });
});
