// When a number is worth a second look, and when a person should hurry.

export type Level = "good" | "warn" | "bad" | "none";

const limits: Record<string, readonly [number, number]> = {
  p50: [0.25, 1], // seconds
  p99: [1, 3],
  errors: [1, 5], // percent
  inflight: [100, 1000],
};

export const levelWords: Record<Level, string> = { good: "ok", warn: "raised", bad: "critical", none: "" };

export function levelOf(what: string, value: number): Level {
  const limit = limits[what];
  if (Number.isNaN(value)) return "none";
  if (what === "throughput") return value > 0 ? "good" : "warn";
  if (limit === undefined) return "none";
  return value >= limit[1] ? "bad" : value >= limit[0] ? "warn" : "good";
}

export function describeLimits(what: string): string {
  const limit = limits[what];
  if (what === "throughput") return "raised when there is none";
  if (limit === undefined) return "";
  const unit = what === "errors" ? " %" : what === "inflight" ? "" : " s";
  return `raised from ${limit[0]}${unit}, critical from ${limit[1]}${unit}`;
}
