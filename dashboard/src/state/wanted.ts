// The selectors of everything that is on show.

import { type Metric, type Role } from "../model/conventions";
import { metricsFor, selectorsFor } from "../model/plan";
import { parseSelector, SelectorError } from "../model/selector";
import type { View } from "./view";

export function wantedSelectors(view: View, metrics: readonly Metric[]): string[] {
  // Pages without charts go on with the Overview's, so that it is full when one comes back.
  if (view.page === "explore" && view.query.trim() !== "") return [view.query.trim()];
  const of = (role: Role, picked?: string): string[] =>
    selectorsFor(metricsFor(role, picked, metrics), view.service);
  const { picked } = view;
  return [
    ...of("latency", picked.latency),
    ...of("latency", picked.histogram),
    ...of("throughput", picked.throughput),
    ...of("errors", picked.errors),
    ...of("throughput"), // an error rate needs what it is a share of
    ...of("inflight", picked.inflight),
    ...view.pins.filter(isSelector),
  ];
}

/** Pins come from links, which may be broken. */
function isSelector(text: string): boolean {
  try {
    parseSelector(text);
    return true;
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}
