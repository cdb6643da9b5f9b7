// What a chart shows over time: some lines, each with a value at every moment.

import type { BoundTable } from "../live/bounds";
import { HistogramSeries, type Series } from "../live/series";
import type { Unit } from "./conventions";
import { isFailure, unitOf } from "./conventions";
import { Distribution } from "./distribution";
import { gaugeAt, rateAt, statisticAt } from "./measure";
import { labelOf } from "./selector";

export interface Plot {
  readonly labels: readonly string[];
  readonly unit: Unit;
  readonly perSecond: boolean;
  readonly stacked: boolean;
  /** Whether the scale must reach down to zero. */
  readonly fromZero: boolean;
  /** What no value can exceed, if there is such a thing. */
  readonly most?: number;
  /** Writes each line's value at `time`; NaN where there is none. `stepMs`: until the next moment asked for. */
  sample(time: number, stepMs: number, out: Float64Array): void;
}

/** Lines of more services than that are drawn as one, "others". */
export const maxLines = 8;
const others = "others";
const quantiles = [
  ["p50", 0.5],
  ["p95", 0.95],
  ["p99", 0.99],
] as const;

export const emptyPlot: Plot = {
  labels: [],
  unit: "plain",
  perSecond: false,
  stacked: false,
  fromZero: true,
  sample: () => undefined,
};

export function latencyPlot(series: readonly Series[], table: BoundTable): Plot {
  const histograms = series.filter((one): one is HistogramSeries => one instanceof HistogramSeries);
  const labels = quantiles.map(([label]) => label);
  const look = { labels, perSecond: false, stacked: false, fromZero: true };
  if (histograms.length === 0) return { ...look, unit: "seconds", sample: worstGauges(series) };
  const { unit, factor } = unitOf(histograms[0]!.identity.name);
  if (histograms.length === 1) {
    const [only] = histograms;
    return {
      ...look,
      unit,
      sample: (time, _step, out) =>
        quantiles.forEach(([label], i) => (out[i] = statisticAt(only!, time, label) * factor)),
    };
  }
  const merged = new Distribution();
  return {
    ...look,
    unit,
    sample(time, _step, out) {
      merged.merge(histograms, table, time);
      quantiles.forEach(([, share], i) => (out[i] = merged.quantile(share) * factor));
    },
  };
}

/** Quantiles that arrive ready made cannot be merged: the worst instance's stands for all. */
function worstGauges(series: readonly Series[]): Plot["sample"] {
  const groups = quantiles.map(([label]) => series.filter(({ identity }) => identity.name.endsWith(label)));
  const factor = series.length === 0 ? 1 : unitOf(series[0]!.identity.name).factor;
  return (time, _step, out) => {
    groups.forEach((group, i) => {
      let worst = NaN;
      for (const one of group) {
        const value = gaugeAt(one, time) * factor;
        if (!(value <= worst)) worst = Number.isNaN(value) ? worst : value;
      }
      out[i] = worst;
    });
  };
}

/** Requests a second by service: rates of counters and histograms, or levels of gauges. */
export function throughputPlot(series: readonly Series[]): Plot {
  const groups = byService(series);
  return {
    labels: groups.map(([label]) => label),
    unit: "plain",
    perSecond: true,
    stacked: true,
    fromZero: true,
    sample(time, step, out) {
      groups.forEach(([, members], i) => (out[i] = sum(members, time, step)));
    },
  };
}

/** Percent of requests that fail, by service or of all together. */
export function errorPlot(errors: readonly Series[], requests: readonly Series[], split = true): Plot {
  const grouped = (series: readonly Series[]): [string, Series[]][] =>
    split ? byService(series) : [["all", [...series]]];
  const look = { unit: "percent", perSecond: false, stacked: false, fromZero: true, most: 100 } as const;
  if (errors.every(({ kind }) => kind === "gauge")) {
    const groups = grouped(errors);
    return {
      ...look,
      labels: groups.map(([label]) => label),
      sample: (time, _step, out) => groups.forEach(([, members], i) => (out[i] = mean(members, time) * 100)),
    };
  }
  const failed = errors.filter((one) => one.kind === "counter" && countsFailures(one));
  const totals = new Map(grouped(requests));
  const failures = new Map(grouped(failed));
  const labels = [...new Set([...totals.keys(), ...failures.keys()])];
  return {
    ...look,
    labels,
    sample(time, step, out) {
      labels.forEach((label, i) => {
        const total = sum(totals.get(label) ?? [], time, step);
        const bad = failures.has(label) ? sum(failures.get(label)!, time, step) : 0;
        out[i] = total > 0 ? Math.min(100, (bad / total) * 100) : NaN;
      });
    },
  };
}

export function gaugeSumPlot(series: readonly Series[], label: string): Plot {
  return {
    labels: [label],
    unit: "plain",
    perSecond: false,
    stacked: false,
    fromZero: true,
    sample(time, step, out) {
      out[0] = sum(series, time, step);
    },
  };
}

export type HistogramView = "quantiles" | "rate";

/** One series by itself: level, rate, or quantiles. */
export function seriesPlot(series: Series, view: HistogramView): Plot {
  const { unit, factor } = unitOf(series.identity.name);
  if (series.kind === "histogram" && view === "quantiles") {
    return {
      labels: quantiles.map(([label]) => label),
      unit,
      perSecond: false,
      stacked: false,
      fromZero: true,
      sample: (time, _step, out) =>
        quantiles.forEach(([label], i) => (out[i] = statisticAt(series, time, label) * factor)),
    };
  }
  const rate = series.kind !== "gauge";
  return {
    labels: [rate ? "per second" : "value"],
    unit: series.kind === "histogram" ? "plain" : unit,
    perSecond: rate,
    stacked: false,
    fromZero: rate,
    sample(time, step, out) {
      out[0] = rate
        ? rateAt(series, time, step) * (series.kind === "histogram" ? 1 : factor)
        : gaugeAt(series, time) * factor;
    },
  };
}

/** Several series over one another: of a histogram its p99. */
export function overlayPlot(series: readonly Series[], view: HistogramView): Plot {
  const plots = series.map((one) => seriesPlot(one, view));
  const scratch = new Float64Array(quantiles.length);
  return {
    labels: series.map(shortLabel(series)),
    unit: plots[0]?.unit ?? "plain",
    perSecond: plots[0]?.perSecond ?? false,
    stacked: false,
    fromZero: plots.some((plot) => plot.fromZero),
    sample(time, step, out) {
      plots.forEach((plot, i) => {
        plot.sample(time, step, scratch);
        out[i] = scratch[plot.labels.length - 1]!;
      });
    },
  };
}

/** Names a series among others by what tells it from them; `named`: by its name too, if that does. */
export function shortLabel(series: readonly Series[], named = true): (one: Series) => string {
  const differs = (label: string): boolean =>
    series.some(({ identity }) => labelOf(identity, label) !== labelOf(series[0]!.identity, label));
  const labels = new Set([...(named ? ["__name__"] : []), "service", "instance"]);
  for (const { identity } of series) for (const [label] of identity.labels) labels.add(label);
  const telling = [...labels].filter(differs);
  return ({ identity }) =>
    telling
      .map((label) => labelOf(identity, label))
      .filter((value) => value !== "")
      .join(" · ") || identity.name;
}

function countsFailures({ identity }: Series): boolean {
  if (/(error|fail|exception)/i.test(identity.name)) return true;
  return identity.labels.some(([label, value]) => /(status|code)/i.test(label) && isFailure(value));
}

function byService(series: readonly Series[]): [string, Series[]][] {
  const groups = new Map<string, Series[]>();
  for (const one of series) {
    const { service } = one.identity;
    const group = groups.get(service);
    if (group === undefined) groups.set(service, [one]);
    else group.push(one);
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length <= maxLines) return sorted;
  const rest = sorted.slice(maxLines - 1).flatMap(([, members]) => members);
  return [...sorted.slice(0, maxLines - 1), [others, rest]];
}

function sum(series: readonly Series[], time: number, step: number): number {
  let total = NaN;
  for (const one of series) {
    const value = one.kind === "gauge" ? gaugeAt(one, time) : rateAt(one, time, step);
    if (!Number.isNaN(value)) total = Number.isNaN(total) ? value : total + value;
  }
  return total;
}

function mean(series: readonly Series[], time: number): number {
  let total = 0;
  let count = 0;
  for (const one of series) {
    const value = gaugeAt(one, time);
    if (Number.isNaN(value)) continue;
    total += value;
    count++;
  }
  return count === 0 ? NaN : total / count;
}
