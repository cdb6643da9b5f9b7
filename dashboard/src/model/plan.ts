// Which series the page asks the aggregator for, given what is on show.

import type { SeriesIdentity } from "../wire/frame";
import { maxSeries } from "../live/store";
import { conventional, type Metric, type Role } from "./conventions";
import {
  exactSelector,
  parseSelector,
  quote,
  regexLiteral,
  type Selector,
  selectorOf,
  withMatcher,
} from "./selector";

/** Most selectors that a subscription may have. */
export const maxSelectors = 64;
/** A selector may have 4,096 bytes, and its own matchers need some of them. */
const maxMatcherBytes = 3000;

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

/** Asks for less where more matches than a page can hold.
 *
 * `whole`: as many whole instances as there is room for, since a chart that adds up its series needs all of an
 * instance's. Otherwise, or if not even one instance fits, the first series by name, one by one. */
export function plan(
  selectors: readonly string[],
  catalogue: Iterable<SeriesIdentity>,
  whole: boolean,
): Plan {
  const match = [...new Set(selectors)].slice(0, maxSelectors);
  const tests: Selector[] = match.map(parseSelector);
  const found: SeriesIdentity[] = [];
  for (const identity of catalogue) if (tests.some((test) => test(identity))) found.push(identity);
  if (found.length <= maxSeries) return { match, matched: found.length, asked: found.length };
  return (whole ? wholeInstances(match, found) : null) ?? firstSeries(found);
}

function wholeInstances(match: readonly string[], found: SeriesIdentity[]): Plan | null {
  const sorted = found.sort((a, b) => compare(a.service, b.service) || compare(a.instance, b.instance));
  const counts = new Map<string, number>();
  for (const { instance } of sorted) counts.set(instance, (counts.get(instance) ?? 0) + 1);
  const chosen: string[] = [];
  let asked = 0;
  let room = maxMatcherBytes;
  for (const [instance, count] of counts) {
    const literal = regexLiteral(instance);
    room -= new TextEncoder().encode(quote(literal)).length;
    if (asked + count > maxSeries || room < 0) break;
    chosen.push(literal);
    asked += count;
  }
  if (chosen.length === 0) return null;
  const matcher = `instance=~${quote(chosen.join("|"))}`;
  return { match: match.map((selector) => withMatcher(selector, matcher)), matched: found.length, asked };
}

function firstSeries(found: SeriesIdentity[]): Plan {
  const sorted = found.sort(
    (a, b) => compare(a.name, b.name) || compare(a.service, b.service) || compare(a.instance, b.instance),
  );
  const asked = sorted.slice(0, maxSelectors).map(exactSelector);
  return { match: asked, matched: found.length, asked: asked.length };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
