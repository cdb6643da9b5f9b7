// What is known of each node: from the ledger, and from what arrives here.

import type { NodeStatus, Status } from "../live/api";
import type { NodeSeen } from "../live/catalogue";

export type NodeState = "live" | "stale" | "gone";

export interface NodeRow {
  readonly key: string;
  readonly service: string;
  readonly instance: string;
  readonly state: NodeState;
  readonly series: number;
  readonly lagMs: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly ledger: NodeStatus | null;
  acceptedOf(status: Status): number;
}

/** Silence for longer is worth telling. */
const staleMs = 5000;

export function nodeRows(
  status: Status | null,
  nodes: readonly Readonly<NodeSeen>[],
  nowMs: number,
): NodeRow[] {
  const keys = new Map<string, { service: string; instance: string }>();
  const keyOf = (service: string, instance: string): string => JSON.stringify([service, instance]);
  const ledgers = new Map<string, NodeStatus>();
  const seen = new Map<string, Readonly<NodeSeen>>();
  const times = new Map<string, { first: number; last: number }>();
  for (const ledger of status?.nodes ?? []) {
    const key = keyOf(ledger.service, ledger.instance);
    keys.set(key, ledger);
    ledgers.set(key, ledger);
  }
  for (const node of nodes) {
    const key = keyOf(node.service, node.instance);
    keys.set(key, node);
    seen.set(key, node);
  }
  for (const producer of status?.producers ?? []) {
    const key = keyOf(producer.service, producer.instance);
    const known = times.get(key);
    times.set(key, {
      first: Math.min(known?.first ?? Infinity, producer.first_seen),
      last: Math.max(known?.last ?? 0, producer.last_seen),
    });
  }
  const rows = [...keys].map(([key, { service, instance }]): NodeRow => {
    const node = seen.get(key);
    const time = times.get(key);
    const lastSeenMs = Math.max(time?.last ?? 0, node?.newestMs ?? 0);
    const series = node?.series ?? 0;
    return {
      key,
      service,
      instance,
      state: series === 0 ? "gone" : nowMs - lastSeenMs > staleMs ? "stale" : "live",
      series,
      lagMs: node?.lagMs ?? NaN,
      firstSeenMs: time?.first ?? 0,
      lastSeenMs,
      ledger: ledgers.get(key) ?? null,
      acceptedOf: (answer) =>
        answer.nodes.find((one) => one.service === service && one.instance === instance)?.accepted ?? 0,
    };
  });
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1));
}
