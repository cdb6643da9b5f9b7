// Which series the page asks the aggregator for, given what is on show.

import type { SeriesIdentity } from "../wire/frame";
import { maxSeries } from "../live/store";
import { conventional, type Metric, type Role } from "./conventions";
import { exactSelector, parseSelector, type Selector, selectorOf } from "./selector";

/** Most selectors that a subscription may have. */
export const maxSelectors = 64;

export interface Plan {
  readonly match: readonly string[];
  /** Series that the selectors match, and how many of these are asked for. */
  readonly matched: number;
  readonly asked: number;
}

/** The metrics that a chart shows: the one that was picked, or those that convention finds. */
export function metricsFor(
  role: Role,
  picked: string | undefined,
  metrics: readonly Metric[],
): readonly Metric[] {
  if (picked === undefined || picked === "") return conventional(metrics, role);
  const found = metrics.filter(({ name }) => name === picked);
  return found.length > 0 ? found : [{ name: picked, kind: "gauge", series: 0, statusLabel: "" }];
}

export function selectorsFor(metrics: readonly Metric[], service: string): string[] {
  return metrics.map(({ name }) => selectorOf(name, service));
}

/** Beyond what the page can hold, the first series by name are asked for one by one and the rest is left out. */
export function plan(selectors: readonly string[], catalogue: Iterable<SeriesIdentity>): Plan {
  const match = [...new Set(selectors)].slice(0, maxSelectors);
  const tests: Selector[] = match.map(parseSelector);
  const found: SeriesIdentity[] = [];
  for (const identity of catalogue) if (tests.some((test) => test(identity))) found.push(identity);
  if (found.length <= maxSeries) return { match, matched: found.length, asked: found.length };
  found.sort(
    (a, b) => compare(a.name, b.name) || compare(a.service, b.service) || compare(a.instance, b.instance),
  );
  const asked = found.slice(0, maxSelectors).map(exactSelector);
  return { match: asked, matched: found.length, asked: asked.length };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
