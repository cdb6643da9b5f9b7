// What of the live data changes slowly enough for React: a few times a second at most.

import { create } from "zustand";
import type { ConnectionState } from "../live/connection";
import type { NodeSeen } from "../live/catalogue";
import type { Metric } from "../model/conventions";

export interface LiveState {
  readonly connection: ConnectionState;
  /** True once any data has been on show. */
  readonly everConnected: boolean;
  /** True once the aggregator has told which series it has. */
  readonly catalogued: boolean;
  readonly seriesCount: number;
  readonly metrics: readonly Metric[];
  readonly services: readonly string[];
  readonly nodes: readonly Readonly<NodeSeen>[];
  /** Changes when the charts' series do. */
  readonly storeTag: string;
  readonly matched: number;
  readonly asked: number;
  /** What is wrong with what was asked for; empty: nothing. */
  readonly problem: string;
  // Of the last second.
  readonly framesPerSecond: number;
  readonly drawnPerSecond: number;
  /** From the newest sample's timestamp to now; NaN without samples. */
  readonly ageMs: number;
  readonly skipped: number;
  readonly malformed: number;
  /** The aggregator's time of day. */
  readonly serverMs: number;
}

export const useLive = create<LiveState>(() => ({
  connection: { phase: "connecting" },
  everConnected: false,
  catalogued: false,
  seriesCount: 0,
  metrics: [],
  services: [],
  nodes: [],
  storeTag: "",
  matched: 0,
  asked: 0,
  problem: "",
  framesPerSecond: 0,
  drawnPerSecond: 0,
  ageMs: NaN,
  skipped: 0,
  malformed: 0,
  serverMs: NaN,
}));
