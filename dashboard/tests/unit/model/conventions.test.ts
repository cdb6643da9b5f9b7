import { describe, expect, it } from "vitest";
import { conventional, isFailure, metricsOf, type Role, suits, unitOf } from "../../../src/model/conventions";
import type { Kind, SeriesIdentity } from "../../../src/wire/frame";

const series = (kind: Kind, name: string, labels: Record<string, string> = {}): SeriesIdentity => ({
  kind,
  name,
  service: "web",
  instance: "1",
  labels: Object.entries(labels),
});
const found = (role: Role, ...identities: SeriesIdentity[]): string[] =>
  conventional(metricsOf(identities), role).map(({ name }) => name);

describe("what the Overview shows by itself", () => {
  it.each(["request_duration_seconds", "rpc_latency_ms", "response_time", "db_query_seconds"])(
    "latency: the histogram %s",
    (name) => expect(found("latency", series("histogram", name))).toEqual([name]),
  );

  it("latency: a histogram of requests before any other, and one only", () => {
    const names = ["gc_duration_seconds", "http_request_duration_seconds"];
    expect(found("latency", ...names.map((name) => series("histogram", name)))).toEqual([names[1]]);
  });

  it("latency: what existing agents send, unless there is a histogram", () => {
    const gauges = ["latency_p50", "latency_p95", "latency_p99"].map((name) => series("gauge", name));
    expect(found("latency", ...gauges)).toEqual(["latency_p50", "latency_p95", "latency_p99"]);
    expect(found("latency", ...gauges, series("histogram", "latency"))).toEqual(["latency"]);
  });

  it("throughput: every counter of requests, or the gauge rps", () => {
    const both = [series("counter", "requests_total"), series("counter", "grpc_requests_total")];
    expect(found("throughput", ...both, series("gauge", "rps"))).toEqual([
      "grpc_requests_total",
      "requests_total",
    ]);
    expect(found("throughput", series("gauge", "rps"))).toEqual(["rps"]);
  });

  it("errors: a status label before an error counter before a gauge", () => {
    const gauge = series("gauge", "error_rate");
    const counter = series("counter", "errors_total");
    const labelled = series("counter", "http_requests_total", { status: "200" });
    expect(found("errors", gauge, counter, labelled)).toEqual(["http_requests_total"]);
    expect(found("errors", gauge, counter)).toEqual(["errors_total"]);
    expect(found("errors", gauge)).toEqual(["error_rate"]);
  });

  it("in flight: gauges only", () => {
    expect(found("inflight", series("gauge", "inflight"), series("counter", "inflight_total"))).toEqual([
      "inflight",
    ]);
  });

  it("nothing of the machine that a service runs on", () => {
    expect(found("throughput", series("counter", "node_disk_flush_requests_total"))).toEqual([]);
  });
});

describe("metrics", () => {
  it("are offered where a chart can use them", () => {
    const [histogram] = metricsOf([series("histogram", "x")]);
    expect(suits(histogram!, "latency")).toBe(true);
    expect(suits(histogram!, "inflight")).toBe(false);
  });

  it("are counted by name and kind", () => {
    const metrics = metricsOf([series("gauge", "b"), series("gauge", "a"), series("gauge", "b", { x: "y" })]);
    expect(metrics.map(({ name, series: count }) => [name, count])).toEqual([["a", 1], ["b", 2]]); // prettier-ignore
  });

  it.each([
    ["latency_p99", "seconds", 1e-3],
    ["request_ms", "seconds", 1e-3],
    ["gc_us", "seconds", 1e-6],
    ["request_seconds", "seconds", 1],
    ["memory_bytes", "bytes", 1],
    ["cpu_percent", "percent", 1],
    ["queue_depth", "plain", 1],
  ])("tell their unit: %s", (name, unit, factor) => expect(unitOf(name)).toEqual({ unit, factor }));

  it("tell failures of the service from mistakes of its clients", () => {
    expect(["500", "503", "error"].every(isFailure)).toBe(true);
    expect(["200", "404", "ok", "5000"].some(isFailure)).toBe(false);
  });
});
