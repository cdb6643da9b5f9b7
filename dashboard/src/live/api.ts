// The aggregator's HTTP API, as far as the page asks for it.

import { authorization } from "./key";

export interface LedgerTotals {
  readonly batches: number;
  readonly sent: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  readonly difference: number;
}

export interface NodeStatus extends LedgerTotals {
  readonly service: string;
  readonly instance: string;
  readonly live_producers: number;
}

export interface ProducerStatus extends LedgerTotals {
  readonly service: string;
  readonly instance: string;
  readonly connected: boolean;
  readonly first_seen: number;
  readonly last_seen: number;
}

/** GET /api/v1/status: what of it is shown. */
export interface Status {
  readonly version: string;
  readonly time: number;
  readonly uptime_seconds: number;
  readonly ports?: { readonly grpc: number; readonly metrics: number };
  readonly process: {
    readonly cpu_seconds: number;
    readonly resident_bytes: number;
    readonly open_fds: number;
  };
  readonly ledger: LedgerTotals;
  readonly nodes: readonly NodeStatus[];
  readonly producers: readonly ProducerStatus[];
  readonly ingest: Readonly<Record<string, number>>;
  readonly store: {
    readonly series: number;
    readonly expired_series: number;
    readonly memory_bytes: number;
    readonly refused: readonly { metric: string; reason: string; count: number }[];
  };
  readonly live: {
    readonly watchers: number;
    readonly frames_sent: number;
    readonly frames_skipped: number;
    readonly bytes_sent: number;
    readonly ticks_missed: number;
    readonly tick_lateness_p99_ms: number;
  };
  readonly buffers: readonly { metric: string; size: number; capacity: number; written: number }[];
}

export type Answer<T> = { readonly ok: T } | { readonly failed: "denied" | "unreachable" };

const timeoutMs = 8000;

export async function fetchStatus(key: string): Promise<Answer<Status>> {
  const answer = await get("/api/v1/status", key);
  if ("failed" in answer) return answer;
  try {
    return { ok: (await answer.ok.json()) as Status };
  } catch {
    return { failed: "unreachable" };
  }
}

/** Whether the key is good, asked as cheaply as can be. */
export async function probe(key: string): Promise<"ok" | "denied" | "unreachable"> {
  const answer = await get(`/api/v1/series?limit=1&match=${encodeURIComponent('{kind="none"}')}`, key);
  return "failed" in answer ? answer.failed : "ok";
}

async function get(path: string, key: string): Promise<Answer<Response>> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    const response = await fetch(path, {
      headers: authorization(key),
      cache: "no-store",
      credentials: "omit",
      signal: abort.signal,
    });
    if (response.status === 401 || response.status === 403) return { failed: "denied" };
    return response.ok ? { ok: response } : { failed: "unreachable" };
  } catch {
    return { failed: "unreachable" };
  } finally {
    clearTimeout(timer);
  }
}
