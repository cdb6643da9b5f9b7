// What the charts draw from: one connection, and the store that its frames fill.
//
// Each subscription has a store of its own. A new one fills in the background while the charts go on with the
// old, and takes over once its history is complete: no chart flashes or is half full. Only one change is under
// way at a time; of those that come meanwhile the last one counts.

import { FrameDecoder, type LiveFrame } from "../wire/frame";
import { MalformedError } from "../wire/reader";
import { Connection, type ConnectionHost, type ConnectionState, nothing } from "./connection";
import { ServerClock } from "./server_clock";
import { SeriesStore } from "./store";

export interface FeedCounts {
  frames: number;
  skipped: number;
  malformed: number;
}

export interface FeedEvents {
  onState(state: ConnectionState): void;
  onError(message: string): void;
  /** Another store is on display from now on. */
  onStore(): void;
}

const rateHz = 60;
const longestHistoryMs = 900_000;
/** Samples may have been on their way when the connection was lost. */
const marginMs = 5000;

const since = (ms: number): string => `${Math.ceil(ms / 1000)}s`;

export class Feed {
  store = new SeriesStore();
  /** How far back its history was asked for. */
  historyMs = 0;
  readonly clock = new ServerClock();
  readonly counts: FeedCounts = { frames: 0, skipped: 0, malformed: 0 };
  /** Monotonic; of the last frame. */
  lastFrameMs = -Infinity;
  private readonly decoder = new FrameDecoder();
  private readonly connection: Connection;
  private pending: SeriesStore | null = null;
  private pendingHistoryMs = 0;
  private pendingStarted = false;
  private match: readonly string[] = []; // of the subscription that was made last
  private next: { match: readonly string[]; historyMs: number } | null = null;

  constructor(
    url: string,
    private readonly events: FeedEvents,
    private readonly host: ConnectionHost,
  ) {
    this.connection = new Connection(
      url,
      nothing,
      {
        onState: (state) => {
          if (state.phase === "connecting") this.prepareReconnect();
          this.events.onState(state);
        },
        onFrame: (bytes) => this.onFrame(bytes),
        onError: (message) => this.onError(message),
      },
      host,
    );
  }

  start(key: string): void {
    this.connection.start(key);
  }

  stop(): void {
    this.connection.stop();
  }

  retryNow(): void {
    this.connection.retryNow();
  }

  /** Asks for these series and so much of their history. */
  watch(match: readonly string[], historyMs: number): void {
    this.next = { match: match.length === 0 ? nothing.match : match, historyMs };
    if (this.pending === null) this.beginNext();
  }

  /** Asks for what was missed meanwhile; what the store has already it leaves out. */
  private prepareReconnect(): void {
    this.clock.reset();
    if (this.pending !== null || this.match.length === 0) return;
    const missedMs = Math.min(longestHistoryMs, this.host.nowMs() - this.lastFrameMs + marginMs);
    this.connection.subscribe({
      match: this.match,
      rate: rateHz,
      since: since(Math.max(missedMs, this.historyMs)),
    });
  }

  private beginNext(): void {
    const next = this.next;
    this.next = null;
    if (next === null) return;
    this.pending = new SeriesStore();
    this.pendingStarted = false;
    this.pendingHistoryMs = next.historyMs;
    this.match = next.match;
    this.connection.subscribe({ match: next.match, rate: rateHz, since: since(next.historyMs) });
  }

  private onFrame(bytes: Uint8Array): void {
    const nowMs = this.host.nowMs();
    try {
      const frame = this.decoder.decode(bytes);
      if (this.pending !== null && frame.seq === 1) this.pendingStarted = true;
      const store = this.pending !== null && this.pendingStarted ? this.pending : this.store;
      store.apply(frame);
      this.counts.frames++;
      this.counts.skipped += frame.skipped;
      this.lastFrameMs = nowMs;
      this.clock.observe(frame.timeMs, nowMs);
      if (store === this.pending && isCaughtUp(frame)) this.takeOver();
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.counts.malformed++;
    }
  }

  private takeOver(): void {
    this.store = this.pending!;
    this.historyMs = this.pendingHistoryMs;
    this.pending = null;
    this.events.onStore();
    this.beginNext();
  }

  private onError(message: string): void {
    this.pending = null; // the subscription before stays
    this.events.onError(message);
    this.beginNext();
  }
}

/** An empty first frame may still be of the subscription with which the connection was opened. */
function isCaughtUp(frame: LiveFrame): boolean {
  return !frame.history && (frame.seq > 1 || frame.refs.length > 0 || frame.histogramRefs.length > 0);
}
