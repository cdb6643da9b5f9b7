// The Overview's charts: which of the series at hand go into which.

import { HistogramSeries, type Series } from "../live/series";
import type { SeriesStore } from "../live/store";
import type { Metric, Role } from "../model/conventions";
import { metricsFor } from "../model/plan";
import { errorPlot, gaugeSumPlot, latencyPlot, type Plot, throughputPlot } from "../model/plot";
import type { View } from "../state/view";

export interface OverviewPlots {
  readonly latency: Plot;
  readonly throughput: Plot;
  readonly errors: Plot;
  /** Of all services together, for the card. */
  readonly errorShare: Plot;
  readonly inflight: Plot;
  readonly histograms: readonly HistogramSeries[];
  /** What each chart is of, in words. */
  readonly notes: Readonly<Record<"latency" | "throughput" | "errors" | "histogram" | "inflight", string>>;
}

export function overviewPlots(
  store: SeriesStore,
  view: Pick<View, "service" | "picked">,
  metrics: readonly Metric[],
): OverviewPlots {
  const all = [...store.series()].filter(
    ({ identity }) => view.service === "" || identity.service === view.service,
  );
  const of = (role: Role, picked?: string): { series: Series[]; names: string } => {
    const wanted = metricsFor(role, picked, metrics);
    const names = new Set(wanted.map(({ name }) => name));
    const kinds = new Set(wanted.map(({ kind, name }) => `${kind} ${name}`));
    return {
      series: all.filter(({ identity }) => kinds.has(`${identity.kind} ${identity.name}`)),
      names: [...names].join(", "),
    };
  };
  const latency = of("latency", view.picked.latency);
  const histogram = of("latency", view.picked.histogram ?? view.picked.latency);
  const throughput = of("throughput", view.picked.throughput);
  const errors = of("errors", view.picked.errors);
  const requests = of("throughput").series;
  const inflight = of("inflight", view.picked.inflight);
  return {
    latency: latencyPlot(latency.series, store.bounds),
    throughput: throughputPlot(throughput.series),
    errors: errorPlot(errors.series, requests),
    errorShare: errorPlot(errors.series, requests, false),
    inflight: gaugeSumPlot(inflight.series, "in flight"),
    histograms: histogram.series.filter((one): one is HistogramSeries => one instanceof HistogramSeries),
    notes: {
      latency: latency.names,
      throughput: throughput.names,
      errors: errors.names,
      histogram: histogram.names,
      inflight: inflight.names,
    },
  };
}

/** A plot's lines at one instant. */
export function valuesAt(plot: Plot, time: number): Float64Array {
  const values = new Float64Array(plot.labels.length).fill(NaN);
  if (!Number.isNaN(time)) plot.sample(time, 0, values);
  return values;
}
