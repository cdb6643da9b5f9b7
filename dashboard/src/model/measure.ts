// What one series says at a moment: the level of a gauge, the rate of a counter, a quantile of a histogram.

import type { Statistic } from "../wire/frame";
import { statistics } from "../wire/frame";
import { Column, type Series } from "../live/series";

/** Rates are over so long: short enough to be live, long enough not to flicker. */
const rateSpanMs = 1000;
/** A gauge that was not heard of for longer has no level. */
const holdMs = 15_000;

export function gaugeAt(series: Series, time: number): number {
  const { points } = series;
  return time - points.timeAt(time) <= holdMs ? points.valueAt(time) : NaN;
}

/** Growth a second of a running total, over the last `spanMs`; NaN before the series' second point. */
export function rateAt(series: Series, time: number, spanMs = rateSpanMs): number {
  const { points } = series;
  const span = Math.max(rateSpanMs, spanMs);
  // From point to point, as a total read once a second would otherwise flicker between none and two. One that
  // no longer changes is no longer sent: then from now on it has not grown.
  const newest = points.timeAt(time);
  const until = time - newest <= rateSpanMs * 1.5 ? newest : time;
  let since = points.timeAt(until - span);
  if (Number.isNaN(since)) since = points.oldestTime();
  if (until !== newest) since = Math.max(since, until - span);
  const seconds = (until - since) / 1000;
  if (!(seconds > 0)) return NaN;
  // A total that falls has started again: how much it has grown since is not known.
  return Math.max(0, points.valueAt(until) - points.valueAt(since)) / seconds;
}

export function statisticAt(series: Series, time: number, statistic: Statistic): number {
  const { points } = series;
  if (!(time - points.timeAt(time) <= holdMs)) return NaN;
  return points.valueAt(time, Column.Statistics + statistics.indexOf(statistic));
}
