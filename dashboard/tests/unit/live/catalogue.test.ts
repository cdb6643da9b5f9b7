import { beforeEach, describe, expect, it } from "vitest";
import { Catalogue } from "../../../src/live/catalogue";
import type { ConnectionHost } from "../../../src/live/connection";
import { frameBytes, type TestFrame, timeMs, timeUs } from "../bytes";

let socket: { onopen?: () => void; onmessage?: (event: { data: unknown }) => void };
let url: string;
let sent: string[];
let changes: boolean[];
let catalogue: Catalogue;

beforeEach(() => {
  sent = [];
  changes = [];
  const host: ConnectionHost = {
    open: (opened) => {
      url = opened;
      socket = {};
      return Object.assign(socket, {
        send: (text: string) => sent.push(text),
        close: () => undefined,
      }) as unknown as WebSocket;
    },
    probe: () => Promise.resolve("ok"),
    nowMs: () => 0,
    after: () => () => undefined,
    random: () => 0,
  };
  catalogue = new Catalogue("ws", (changed) => changes.push(changed), host);
  catalogue.start("");
  socket.onopen?.();
});

const receive = (frame: TestFrame): void => socket.onmessage?.({ data: frameBytes(frame).buffer });
const names = (): string[] => [...catalogue.series.values()].map(({ name }) => name);

describe("the catalogue", () => {
  it("asks for everything once a second, with its first word", () => {
    expect([url, sent]).toEqual(["ws?format=binary&rate=1&match=*", []]);
  });

  it("knows an aggregator without data from one that has not spoken", () => {
    expect(catalogue.complete).toBe(false);
    receive({ seq: 1 });
    expect(catalogue.complete).toBe(true);
  });

  it("follows series that come and go", () => {
    receive({ series: [{ ref: 1, name: "a" }, { ref: 2, name: "b" }] }); // prettier-ignore
    receive({ seq: 2, series: [{ ref: 3, name: "c" }], gone: [1] });
    receive({ seq: 3 });
    expect(names()).toEqual(["b", "c"]);
    expect(changes).toEqual([true, true, false]);
    expect([...catalogue.nodes.values()].map(({ series }) => series)).toEqual([2]);
  });

  it("starts anew after a reconnect, and remembers nodes that are gone", () => {
    receive({ series: [{ ref: 1, name: "a", instance: "old" }] });
    receive({ seq: 1, series: [{ ref: 1, name: "b", instance: "new" }] });
    expect(names()).toEqual(["b"]);
    expect([...catalogue.nodes.values()].map(({ instance, series }) => [instance, series])).toEqual([
      ["old", 0],
      ["new", 1],
    ]);
  });

  it("tells how long samples take to get here, at best", () => {
    receive({
      series: [{ ref: 1, name: "a" }, { ref: 2, name: "b" }],
      samples: [{ ref: 1, timeUs: timeUs - 900_000, value: 1 }, { ref: 2, timeUs: timeUs - 30_000, value: 1 }],
    }); // prettier-ignore
    const [node] = catalogue.nodes.values();
    expect([node!.lagMs, node!.newestMs]).toEqual([30, timeMs - 30]);
  });

  it("counts malformed frames", () => {
    socket.onmessage?.({ data: new Uint8Array([9, 9, 9]).buffer });
    expect(catalogue.malformed).toBe(1);
  });
});
