// Puts the parts together: what the view wants is asked for, what arrives is drawn, and a few times a second
// React is told how it goes.

import { cursorTime } from "../draw/cursor";
import { DrawLoop } from "../draw/loop";
import type { Scene } from "../draw/scene";
import { probe } from "../live/api";
import { Catalogue } from "../live/catalogue";
import type { ConnectionHost } from "../live/connection";
import { Feed } from "../live/feed";
import { storedKey, storeKey } from "../live/key";
import { metricsOf } from "../model/conventions";
import { type Plan, plan } from "../model/plan";
import { SelectorError } from "../model/selector";
import { wantedSelectors } from "./wanted";
import { useLive } from "./live";
import { resolvedTheme } from "./theme";
import { useView, windows } from "./view";

const tellIntervalMs = 250;
const textIntervalMs = 120;
/** A window moves on by so small a part of its width that no display shows less. */
const stepsPerWindow = 3600;
const wholeHistoryMs = windows[windows.length - 1]! * 1000;

const host: ConnectionHost = {
  open: (url, protocols) => new WebSocket(url, protocols),
  probe,
  nowMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

function liveUrl(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
}

export class Session {
  readonly feed: Feed;
  readonly catalogue: Catalogue;
  readonly loop: DrawLoop;
  key = storedKey();
  drawErrors = 0;
  private watched = "";
  private mistaken = false; // what is to be asked for is no selector
  private storeNumber = 0;
  private lastTextMs = 0;
  private lastTo = NaN;
  private told = { atMs: 0, frames: 0, drawn: 0 };

  constructor() {
    this.feed = new Feed(
      liveUrl(),
      {
        onState: (connection) => {
          useLive.setState({ connection, ...(connection.phase === "open" && { everConnected: true }) });
          if (connection.phase === "denied") this.catalogue.stop();
        },
        onError: (problem) => useLive.setState({ problem }),
        onStore: () => {
          this.storeNumber++;
          this.tell();
        },
      },
      host,
    );
    this.catalogue = new Catalogue(liveUrl(), (changed) => this.onCatalogue(changed), host);
    this.loop = new DrawLoop(
      (frameMs) => this.scene(frameMs),
      () => this.drawErrors++,
    );
  }

  start(): () => void {
    this.connect(this.key);
    this.loop.start();
    const stopWatching = useView.subscribe(() => this.ask());
    const teller = setInterval(() => this.tell(), tellIntervalMs);
    return () => {
      stopWatching();
      clearInterval(teller);
      this.loop.stop();
      this.feed.stop();
      this.catalogue.stop();
    };
  }

  /** With another key. */
  connect(key: string): void {
    this.key = key;
    storeKey(key);
    this.feed.start(key);
    this.catalogue.start(key);
  }

  retryNow(): void {
    this.feed.retryNow();
    this.catalogue.retryNow();
  }

  /** The aggregator's time of day at the charts' right edge, while they are live. */
  liveEdge(): number {
    const { connection } = useLive.getState();
    const { clock } = this.feed;
    // While nothing comes, the last picture stays.
    if (connection.phase !== "open" || !clock.known) return this.lastTo;
    return clock.now(performance.now());
  }

  /** How far back one can scrub. */
  oldest(): number {
    return this.liveEdge() - wholeHistoryMs;
  }

  private scene(frameMs: number): Scene | null {
    const { windowSeconds, pausedAt } = useView.getState();
    const { store } = this.feed;
    const step = (windowSeconds * 1000) / stepsPerWindow;
    const edge = pausedAt ?? Math.floor(this.liveEdge() / step) * step;
    if (Number.isNaN(edge)) return null;
    if (pausedAt === null) this.lastTo = edge;
    const text = frameMs - this.lastTextMs >= textIntervalMs;
    if (text) this.lastTextMs = frameMs;
    const from = edge - windowSeconds * 1000;
    return {
      from,
      to: edge,
      newest: store.newestTime,
      historyVersion: this.storeNumber * 1e6 + store.historyVersion,
      bounds: store.bounds,
      theme: resolvedTheme(),
      cursor: cursorTime(from, edge),
      text,
    };
  }

  private onCatalogue(changed: boolean): void {
    const { catalogue } = this;
    const nodes = [...catalogue.nodes.values()].map((node) => ({ ...node }));
    if (!changed) {
      useLive.setState({ nodes, catalogued: catalogue.complete });
      return;
    }
    const services = [...new Set(nodes.map(({ service }) => service))].sort();
    useLive.setState({
      nodes,
      services,
      catalogued: catalogue.complete,
      seriesCount: catalogue.series.size + catalogue.uncatalogued,
      metrics: metricsOf(catalogue.series.values()),
    });
    this.ask();
  }

  /** Asks for what the view shows, if that is not what is already on its way. */
  private ask(): void {
    const view = useView.getState();
    if (!this.catalogue.complete) return;
    let wanted: Plan;
    try {
      const selectors = wantedSelectors(view, useLive.getState().metrics);
      wanted = plan(selectors, this.catalogue.series.values(), view.page !== "explore");
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      this.mistaken = true;
      useLive.setState({ problem: error.message });
      return;
    }
    const historyMs = view.pausedAt === null ? view.windowSeconds * 1000 : wholeHistoryMs;
    const enough = this.feed.historyMs >= historyMs || this.watched.endsWith(` ${wholeHistoryMs}`);
    const match = JSON.stringify(wanted.match);
    const { matched, asked } = wanted;
    useLive.setState({ matched, asked });
    const same = this.watched.startsWith(`${match} `);
    // What the aggregator said of this selection stays true of it.
    if (!same || this.mistaken) useLive.setState({ problem: "" });
    this.mistaken = false;
    if (same && enough) return;
    this.watched = `${match} ${historyMs}`;
    this.feed.watch(wanted.match, historyMs);
  }

  private tell(): void {
    const { feed, loop } = this;
    const nowMs = performance.now();
    const seconds = (nowMs - this.told.atMs) / 1000;
    const storeTag = `${this.storeNumber}.${feed.store.version}`;
    const serverMs = feed.clock.known ? feed.clock.now(nowMs) : NaN;
    const change: Partial<ReturnType<typeof useLive.getState>> = {
      storeTag,
      serverMs,
      skipped: feed.counts.skipped,
      malformed: feed.counts.malformed + this.catalogue.malformed,
      ageMs: serverMs - Math.max(feed.store.newestTime, this.catalogue.newestMs),
    };
    if (seconds >= 0.9) {
      useLive.setState({
        ...change,
        framesPerSecond: (feed.counts.frames - this.told.frames) / seconds,
        drawnPerSecond: (loop.frames - this.told.drawn) / seconds,
      });
      this.told = { atMs: nowMs, frames: feed.counts.frames, drawn: loop.frames };
    } else {
      useLive.setState(change);
    }
  }
}

export const session = new Session();
