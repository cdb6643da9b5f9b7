// Which series there are, and how each node's are doing: a second, slow subscription to everything.
//
// It holds no points. Identities of nodes and names come from it, and what it costs grows with what changes in
// a second, not with the sixty frames that the charts get.

import { FrameDecoder, type LiveFrame, type SeriesIdentity } from "../wire/frame";
import { MalformedError } from "../wire/reader";
import { Connection, type ConnectionHost, type ConnectionState, type Subscription } from "./connection";
import { keyOf } from "./series";

export interface NodeSeen {
  readonly service: string;
  readonly instance: string;
  series: number;
  newestMs: number;
  /** The smallest time from a sample's timestamp to here, of the last frame that had one; NaN before. */
  lagMs: number;
}

const everything: Subscription = { match: ["*"], rate: 1, since: "" };

/** Beyond it, series are counted only. */
export const maxCatalogued = 20_000;

export class Catalogue {
  readonly series = new Map<string, SeriesIdentity>();
  readonly nodes = new Map<string, NodeSeen>();
  /** Grows when series come or go. */
  version = 0;
  /** True once all there was at the start has been told. */
  complete = false;
  malformed = 0;
  uncatalogued = 0;
  newestMs = -Infinity;
  private readonly byRef = new Map<number, { key: string; node: NodeSeen }>();
  private readonly decoder = new FrameDecoder();
  private readonly connection: Connection;

  constructor(
    url: string,
    private readonly onChange: (seriesChanged: boolean) => void,
    host: ConnectionHost,
    onState: (state: ConnectionState) => void = () => undefined,
  ) {
    this.connection = new Connection(
      url,
      everything,
      { onState, onFrame: (bytes) => this.onFrame(bytes), onError: () => undefined },
      host,
      everything,
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

  private onFrame(bytes: Uint8Array): void {
    const before = this.version;
    try {
      const frame = this.decoder.decode(bytes);
      if (frame.seq === 1) this.forget();
      this.apply(frame);
      this.complete = true;
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.malformed++;
    }
    this.onChange(this.version !== before);
  }

  private forget(): void {
    this.series.clear();
    this.byRef.clear();
    for (const node of this.nodes.values()) node.series = 0;
    this.uncatalogued = 0;
    this.version++;
  }

  private apply(frame: LiveFrame): void {
    for (const { ref, identity } of frame.announced) this.announce(ref, identity);
    const lags = new Map<NodeSeen, number>();
    const note = (ref: number, timeMs: number): void => {
      const node = this.byRef.get(ref)?.node;
      if (node === undefined) return;
      node.newestMs = Math.max(node.newestMs, timeMs);
      this.newestMs = Math.max(this.newestMs, timeMs);
      lags.set(node, Math.min(lags.get(node) ?? Infinity, frame.timeMs - timeMs));
    };
    for (let i = 0; i < frame.refs.length; ++i) note(frame.refs.data[i]!, frame.timesMs.data[i]!);
    for (let i = 0; i < frame.histogramRefs.length; ++i) {
      note(frame.histogramRefs.data[i]!, frame.histogramTimesMs.data[i]!);
    }
    for (const [node, lagMs] of lags) node.lagMs = Math.max(0, lagMs);
    for (let i = 0; i < frame.gone.length; ++i) this.remove(frame.gone.data[i]!);
  }

  private announce(ref: number, identity: SeriesIdentity): void {
    if (this.byRef.has(ref)) return;
    const nodeKey = JSON.stringify([identity.service, identity.instance]);
    let node = this.nodes.get(nodeKey);
    if (node === undefined) {
      const { service, instance } = identity;
      node = { service, instance, series: 0, newestMs: 0, lagMs: NaN };
      this.nodes.set(nodeKey, node);
    }
    const key = keyOf(identity);
    node.series++;
    this.byRef.set(ref, { key, node });
    if (this.series.size < maxCatalogued) this.series.set(key, identity);
    else this.uncatalogued++;
    this.version++;
  }

  private remove(ref: number): void {
    const entry = this.byRef.get(ref);
    if (entry === undefined) return;
    this.byRef.delete(ref);
    entry.node.series--;
    this.series.delete(entry.key);
    this.version++;
  }
}
