// Which metrics the Overview shows, told by what people call theirs.

import type { Kind, SeriesIdentity } from "../wire/frame";
import { labelOf } from "./selector";

export const roles = ["latency", "throughput", "errors", "inflight"] as const;
export type Role = (typeof roles)[number];

/** A metric as the menus list it: a name and what series it has. */
export interface Metric {
  readonly name: string;
  readonly kind: Kind;
  readonly series: number;
  /** Label under which requests tell how they went, if they do. */
  readonly statusLabel: string;
}

const latencyHistogram = /(latency|duration|(^|[_.-])time([_.-]|$)|_(seconds|ms|millis|milliseconds)$)/i;
const latencyGauge = /(^|[_.-])latency_p(50|95|99)$/i;
const requests = /(^|[_.-])requests_total$/i;
const requestRate = /(^|[_.-])rps$/i;
const errorCounter = /(^|[_.-])(errors|failures|exceptions)(_total)?$/i;
const errorShare = /(^|[_.-])error_rate$/i;
const inflight = /(in_?flight|active_requests|concurrent_requests)/i;
const statusLabels = ["status", "code", "status_code", "http_status", "grpc_code"];

/** Whether charts of that role can use the metric at all: what their menus offer. */
export function suits(metric: Metric, role: Role): boolean {
  switch (role) {
    case "latency":
      return metric.kind === "histogram" || latencyGauge.test(metric.name);
    case "throughput":
      return metric.kind !== "gauge" || requestRate.test(metric.name);
    case "errors":
      return metric.kind === "counter" || errorShare.test(metric.name);
    case "inflight":
      return metric.kind === "gauge";
  }
}

/** A machine's own metrics, as node_exporter and obs-agent name them, are not those of a service. */
const machine = /^node_/;

/** How well a metric is a chart's by its name; 0: not at all. */
function score(metric: Metric, role: Role): number {
  const { name, kind } = metric;
  if (machine.test(name)) return 0;
  switch (role) {
    case "latency":
      if (kind === "gauge") return latencyGauge.test(name) ? 1 : 0;
      if (kind !== "histogram" || !latencyHistogram.test(name)) return 0;
      return /request|response|http|rpc|handler/i.test(name) ? 3 : 2;
    case "throughput":
      if (kind === "counter" && requests.test(name)) return 3;
      return kind === "gauge" && requestRate.test(name) ? 1 : 0;
    case "errors":
      if (kind === "counter" && requests.test(name) && metric.statusLabel !== "") return 3;
      if (kind === "counter" && errorCounter.test(name)) return 2;
      return kind === "gauge" && errorShare.test(name) ? 1 : 0;
    case "inflight":
      return kind === "gauge" && inflight.test(name) ? 1 : 0;
  }
}

/** The metrics of the best kind there is for that role, by name. Latency histograms of different names do not
 * mix, so of those it is one: the one with most series. */
export function conventional(metrics: readonly Metric[], role: Role): Metric[] {
  const best = Math.max(0, ...metrics.map((metric) => score(metric, role)));
  if (best === 0) return [];
  const found = metrics.filter((metric) => score(metric, role) === best);
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (role !== "latency" || best === 1) return found;
  return [found.reduce((most, metric) => (metric.series > most.series ? metric : most))];
}

/** Metrics by name and kind, in order of their names. */
export function metricsOf(series: Iterable<SeriesIdentity>): Metric[] {
  const found = new Map<string, { name: string; kind: Kind; series: number; statusLabel: string }>();
  for (const identity of series) {
    const key = `${identity.kind} ${identity.name}`;
    const metric = found.get(key);
    if (metric !== undefined) metric.series++;
    else {
      const { name, kind } = identity;
      const statusLabel = statusLabels.find((label) => labelOf(identity, label) !== "") ?? "";
      found.set(key, { name, kind, series: 1, statusLabel });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether a value of a status label tells of a failure of the service itself. */
export function isFailure(status: string): boolean {
  return (
    /^5\d\d$/.test(status) || /^(error|failed|failure|internal|unavailable|deadline_exceeded)$/i.test(status)
  );
}

export type Unit = "seconds" | "bytes" | "percent" | "plain";

/** The unit that a metric's name tells, and by what its values are multiplied to be in it. */
export function unitOf(name: string): { unit: Unit; factor: number } {
  if (/_(ms|millis|milliseconds)$/i.test(name) || latencyGauge.test(name))
    return { unit: "seconds", factor: 1e-3 };
  if (/_(us|micros|microseconds)$/i.test(name)) return { unit: "seconds", factor: 1e-6 };
  if (/_(ns|nanos|nanoseconds)$/i.test(name)) return { unit: "seconds", factor: 1e-9 };
  if (/_seconds(_total)?$/i.test(name)) return { unit: "seconds", factor: 1 };
  if (/_bytes(_total)?$/i.test(name)) return { unit: "bytes", factor: 1 };
  if (/(^|_)(percent|pct)$/i.test(name)) return { unit: "percent", factor: 1 };
  return { unit: "plain", factor: 1 };
}
