// A chart in words, for those who do not see it.

import { formatClock, formatDuration, formatValue } from "../model/format";
import type { Grid } from "../model/grid";
import type { Plot } from "../model/plot";

/** What each line has been doing over the window. */
export function summary(plot: Plot, grid: Grid): string {
  const { times, lines } = grid;
  if (plot.labels.length === 0 || times.length < 2) return "No data.";
  const span = formatDuration((times[times.length - 1]! - times[0]!) / 1000);
  const told = plot.labels.slice(0, 8).map((label, i) => {
    const values = lines[i]?.filter((value): value is number => value !== null) ?? [];
    if (values.length === 0) return `${label}: no values`;
    const text = (value: number): string => formatValue(value, plot.unit, plot.perSecond);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return `${label}: now ${text(values[values.length - 1]!)}, lowest ${text(low)}, highest ${text(high)}`;
  });
  const more = plot.labels.length > 8 ? ` And ${plot.labels.length - 8} more lines.` : "";
  return `Over ${span}. ${told.join("; ")}.${more}`;
}

/** The values at one instant. */
export function reading(plot: Plot, time: number, stepMs: number): string {
  const values = new Float64Array(plot.labels.length).fill(NaN);
  plot.sample(time, stepMs, values);
  const told = plot.labels
    .slice(0, 8)
    .map((label, i) => `${label} ${formatValue(values[i]!, plot.unit, plot.perSecond)}`);
  return `${formatClock(time, true)}: ${told.join(", ")}`;
}
