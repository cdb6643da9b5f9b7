import { beforeEach, describe, expect, it } from "vitest";
import { Connection, type ConnectionHost, type ConnectionState } from "../../../src/live/connection";

class FakeSocket {
  readyState = 0;
  binaryType = "";
  sent: string[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { reason: string }) => void) | null = null;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {}

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
  }
}

let sockets: FakeSocket[];
let timers: { atMs: number; run: () => void }[];
let nowMs: number;
let answer: "ok" | "denied" | "unreachable";
let states: ConnectionState[];
let frames: Uint8Array[];
let errors: string[];

const host: ConnectionHost = {
  open: (url, protocols) => {
    const socket = new FakeSocket(url, protocols);
    sockets.push(socket);
    return socket as unknown as WebSocket;
  },
  probe: () => Promise.resolve(answer),
  nowMs: () => nowMs,
  after: (ms, run) => {
    const timer = { atMs: nowMs + ms, run };
    timers.push(timer);
    return () => (timers = timers.filter((one) => one !== timer));
  },
  random: () => 1,
};

function advance(ms: number): void {
  const end = nowMs + ms;
  for (;;) {
    const due = timers.filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
    if (due === undefined) break;
    timers = timers.filter((one) => one !== due);
    nowMs = due.atMs;
    due.run();
  }
  nowMs = end;
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const last = <T>(list: T[]): T => list[list.length - 1]!;

function connection(): Connection {
  return new Connection(
    "ws://host/ws",
    { match: ["up"], rate: 60, since: "60s" },
    {
      onState: (state) => states.push(state),
      onFrame: (bytes) => frames.push(bytes),
      onError: (message) => errors.push(message),
    },
    host,
  );
}

beforeEach(() => {
  sockets = [];
  timers = [];
  states = [];
  frames = [];
  errors = [];
  nowMs = 0;
  answer = "ok";
});

describe("a connection", () => {
  it("subscribes with its first message, and keeps names and keys out of the URL", () => {
    connection().start("s3cret/+ü");
    last(sockets).open();
    expect(last(sockets).url).not.toContain("s3cret");
    expect(last(sockets).url).not.toContain("up");
    expect(last(sockets).protocols).toEqual(["obs", "obs.key.czNjcmV0LyvDvA"]);
    expect(JSON.parse(last(sockets).sent[0]!)).toEqual({
      match: ["up"],
      rate: 60,
      since: "60s",
      format: "binary",
    });
    expect(last(states).phase).toBe("open");
  });

  it("without a key offers none", () => {
    connection().start("");
    expect(last(sockets).protocols).toEqual(["obs"]);
  });

  it("waits longer after each failure, and from the start again once frames come", async () => {
    connection().start("");
    answer = "unreachable";
    const waits: number[] = [];
    for (let i = 0; i < 8; ++i) {
      last(sockets).onclose?.({ reason: "" });
      await settle();
      const state = last(states);
      waits.push(state.phase === "waiting" ? state.untilMs - nowMs : -1);
      advance(last(waits));
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    last(sockets).open();
    last(sockets).onmessage?.({ data: new ArrayBuffer(1) });
    last(sockets).onclose?.({ reason: "" });
    await settle();
    const state = last(states);
    expect(state.phase === "waiting" && state.untilMs - nowMs).toBe(500);
  });

  it("stops asking once the key is refused", async () => {
    answer = "denied";
    connection().start("wrong");
    last(sockets).onclose?.({ reason: "" });
    await settle();
    expect(last(states).phase).toBe("denied");
    advance(60_000);
    expect(sockets.length).toBe(1);
  });

  it("takes silence for a loss: the server promises a frame a second", () => {
    connection().start("");
    last(sockets).open();
    advance(9000);
    expect(last(states).phase).toBe("open");
    last(sockets).onmessage?.({ data: new ArrayBuffer(1) });
    advance(9000);
    expect(last(states).phase).toBe("open");
    advance(4000);
    expect(sockets[0]!.closed).toBe(true);
    expect(states.map(({ phase }) => phase)).toContain("waiting");
  });

  it("gives up a handshake that is not answered", () => {
    connection().start("");
    advance(10_000);
    expect(sockets[0]!.closed).toBe(true);
    expect(last(states).phase).toBe("waiting");
  });

  it("does not wait when told not to", async () => {
    const one = connection();
    one.start("");
    last(sockets).onclose?.({ reason: "" });
    await settle();
    one.retryNow();
    expect(sockets.length).toBe(2);
    advance(60_000 - 1);
    expect(sockets.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(1);
  });

  it("passes on what the server says of a message", () => {
    connection().start("");
    last(sockets).open();
    last(sockets).onmessage?.({ data: '{"error":"match: no"}' });
    expect(errors).toEqual(["match: no"]);
    expect(frames).toEqual([]);
  });

  it("is silent after it was stopped", async () => {
    const one = connection();
    one.start("");
    const socket = last(sockets);
    one.stop();
    socket.onclose?.({ reason: "" });
    await settle();
    advance(60_000);
    expect(sockets.length).toBe(1);
  });
});
