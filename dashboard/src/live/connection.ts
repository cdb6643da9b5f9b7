// A WebSocket that comes back: connects, subscribes, and after a loss waits a while and connects again.
//
// A browser does not tell why a handshake failed, so a failed one is followed by a question over HTTP: is the
// key refused, or is nobody there?

import { Backoff } from "./backoff";
import { subprotocols } from "./key";

export interface Subscription {
  readonly match: readonly string[];
  readonly rate: number;
  /** Such as "5m"; empty: no history. */
  readonly since: string;
}

export type ConnectionState =
  | { readonly phase: "connecting" }
  | { readonly phase: "open" }
  | { readonly phase: "waiting"; readonly untilMs: number; readonly why: string }
  | { readonly phase: "denied" };

export interface ConnectionEvents {
  onState(state: ConnectionState): void;
  onFrame(bytes: Uint8Array): void;
  /** The server's words on a message it refused. */
  onError(message: string): void;
}

/** What the connection needs of its surroundings; tests bring their own. */
export interface ConnectionHost {
  open(url: string, protocols: string[]): WebSocket;
  probe(key: string): Promise<"ok" | "denied" | "unreachable">;
  nowMs(): number;
  after(ms: number, run: () => void): () => void;
  random(): number;
}

const matchNothing = '{kind="none"}';
export const nothing: Subscription = { match: [matchNothing], rate: 1, since: "" };

/** A subscription without history as the query of a URL. */
function queryOf({ match, rate }: Subscription): string {
  return `?format=binary&rate=${rate}${match.map((one) => `&match=${encodeURIComponent(one)}`).join("")}`;
}

const openTimeoutMs = 10_000;
/** The server sends at least one frame a second. */
const silenceTimeoutMs = 10_000;

export class Connection {
  private socket: WebSocket | null = null;
  private cancelTimer: () => void = () => undefined;
  private readonly backoff: Backoff;
  private lastMessageMs = 0;
  private stopped = true;
  private key = "";

  constructor(
    private readonly url: string,
    private subscription: Subscription,
    private readonly events: ConnectionEvents,
    private readonly host: ConnectionHost,
    /** What the URL asks for; nothing that is to be kept out of logs. */
    private readonly opening: Subscription = nothing,
  ) {
    this.backoff = new Backoff(() => host.random());
  }

  start(key: string): void {
    this.stop();
    this.key = key;
    this.stopped = false;
    this.backoff.reset();
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    this.cancelTimer();
    this.drop();
  }

  /** Does not wait for the countdown's end. */
  retryNow(): void {
    if (this.stopped || this.socket !== null) return;
    this.cancelTimer();
    this.connect();
  }

  subscribe(subscription: Subscription): void {
    this.subscription = subscription;
    if (this.socket?.readyState === 1) this.sendSubscription(this.socket);
  }

  private connect(): void {
    this.events.onState({ phase: "connecting" });
    let socket: WebSocket;
    try {
      // Usually asks for nothing yet: the subscription goes as the first message, as it may be too long for a
      // URL, and names of metrics do not belong into a proxy's log.
      socket = this.host.open(this.url + queryOf(this.opening), subprotocols(this.key));
    } catch (error) {
      this.wait(String(error));
      return;
    }
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      if (this.subscription !== this.opening) this.sendSubscription(socket);
      this.lastMessageMs = this.host.nowMs();
      this.watchForSilence();
      this.events.onState({ phase: "open" });
    };
    socket.onmessage = ({ data }) => {
      this.lastMessageMs = this.host.nowMs();
      this.backoff.reset();
      if (typeof data === "string") this.events.onError(errorText(data));
      else this.events.onFrame(new Uint8Array(data as ArrayBuffer));
    };
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.drop();
      void this.afterLoss(opened, event.reason);
    };
    this.cancelTimer = this.host.after(openTimeoutMs, () => {
      if (this.socket === socket && !opened) this.lose("no answer");
    });
  }

  private sendSubscription(socket: WebSocket): void {
    const { match, rate, since } = this.subscription;
    socket.send(JSON.stringify({ match, rate, format: "binary", ...(since === "" ? {} : { since }) }));
  }

  private watchForSilence(): void {
    this.cancelTimer();
    this.cancelTimer = this.host.after(1000, () => {
      if (this.host.nowMs() - this.lastMessageMs > silenceTimeoutMs) this.lose("silence");
      else this.watchForSilence();
    });
  }

  private lose(why: string): void {
    this.drop();
    this.wait(why);
  }

  private async afterLoss(opened: boolean, reason: string): Promise<void> {
    this.cancelTimer();
    const answer = opened ? "ok" : await this.host.probe(this.key);
    if (this.stopped || this.socket !== null) return;
    if (answer === "denied") {
      this.stopped = true;
      this.events.onState({ phase: "denied" });
      return;
    }
    this.wait(answer === "unreachable" ? "nobody answers" : reason || "the connection was lost");
  }

  private wait(why: string): void {
    const delayMs = this.backoff.nextMs();
    this.events.onState({ phase: "waiting", untilMs: this.host.nowMs() + delayMs, why });
    this.cancelTimer();
    this.cancelTimer = this.host.after(delayMs, () => this.connect());
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

function errorText(message: string): string {
  try {
    const parsed: unknown = JSON.parse(message);
    if (typeof parsed === "object" && parsed !== null && "error" in parsed) return String(parsed.error);
  } catch {
    // then as it is
  }
  return message.slice(0, 200);
}
