// Numbers as people read them: three significant digits and a unit that fits.

import type { Unit } from "./conventions";

export const missing = "–";

function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(2);
}

function scaled(value: number, step: number, names: readonly string[]): string {
  let i = 0;
  while (Math.abs(value) >= step * 0.9995 && i < names.length - 1) {
    value /= step;
    ++i;
  }
  return `${digits(value)}${names[i]!}`;
}

export function formatSeconds(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size >= 0.9995) return `${digits(value)} s`;
  if (size >= 0.9995e-3) return `${digits(value * 1e3)} ms`;
  if (size >= 0.9995e-6) return `${digits(value * 1e6)} µs`;
  return `${digits(value * 1e9)} ns`;
}

export function formatBytes(value: number): string {
  return scaled(value, 1024, [" B", " KiB", " MiB", " GiB", " TiB"]);
}

export function formatCount(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.01) return value.toPrecision(2);
  return Number.isInteger(value) && Math.abs(value) < 10_000
    ? value.toLocaleString("en")
    : scaled(value, 1000, ["", " k", " M", " G", " T"]);
}

export function formatValue(value: number, unit: Unit, perSecond = false): string {
  if (!Number.isFinite(value)) return missing;
  const rate = perSecond ? "/s" : "";
  switch (unit) {
    case "seconds":
      return perSecond ? `${digits(value)} s/s` : formatSeconds(value);
    case "bytes":
      return formatBytes(value) + rate;
    case "percent":
      return `${value !== 0 && Math.abs(value) < 0.1 ? value.toFixed(2) : value.toFixed(1)} %`;
    case "plain":
      return formatCount(value) + rate;
  }
}

/** A round number on an axis: without the zeros that only keep running numbers from jumping. */
export function formatTick(value: number, unit: Unit, perSecond = false): string {
  return formatValue(value, unit, perSecond)
    .replace(/(\.\d*?)0+(?=\D|$)/, "$1")
    .replace(/\.(?=\D|$)/, "");
}

/** "3 s", "4 min", "2 h 10 min": how long something lasts or is ago. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${seconds.toFixed(0)} s`;
  if (seconds < 5400) return `${(seconds / 60).toFixed(0)} min`;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours < 48 ? `${hours} h ${minutes} min` : `${Math.floor(hours / 24)} d`;
}

export function formatClock(timeMs: number, withTenths = false): string {
  const date = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withTenths ? `${clock}.${Math.floor(date.getMilliseconds() / 100)}` : clock;
}

/** A time of day, with the date unless it is that of `nowMs`; missing if `timeMs` is 0. */
export function formatMoment(timeMs: number, nowMs: number): string {
  if (!(timeMs > 0)) return missing;
  const date = new Date(timeMs);
  if (date.toDateString() === new Date(nowMs).toDateString()) return formatClock(timeMs);
  return `${date.toLocaleDateString("en", { month: "short", day: "numeric" })}, ${formatClock(timeMs)}`;
}
