// What could come next in a selector that is being typed: names, then labels, then their values.

import type { SeriesIdentity } from "../wire/frame";
import { labelOf, parseSelector, quote, selectorOf, SelectorError } from "./selector";

export interface Suggestion {
  /** What the list shows. */
  readonly text: string;
  readonly detail: string;
  /** The whole selector with it. */
  readonly result: string;
}

const maxSuggestions = 12;
const identityLabels = ["service", "instance", "kind"];

/** Suggestions for `typed`, whose end is where the person is writing. */
export function complete(typed: string, catalogue: readonly SeriesIdentity[]): Suggestion[] {
  const brace = typed.indexOf("{");
  if (brace < 0) return names(typed, catalogue);
  const value = /(?:^|[{,])\s*([^\s{}=!~,"]+)\s*(=~|!~|!=|=)\s*"?([^"]*)$/.exec(typed);
  if (value !== null) return values(typed, value, among(typed, value.index, catalogue));
  const label = /([{,])\s*([^\s{}=!~,"]*)$/.exec(typed);
  return label === null ? [] : labels(typed, label, among(typed, label.index, catalogue));
}

function names(typed: string, catalogue: readonly SeriesIdentity[]): Suggestion[] {
  const wanted = typed.trim().toLowerCase().replaceAll("*", "");
  const counts = new Map<string, number>();
  for (const { name } of catalogue) counts.set(name, (counts.get(name) ?? 0) + 1);
  return ranked([...counts], wanted).map(([name, count]) => ({
    text: name,
    detail: `${count} series`,
    result: selectorOf(name),
  }));
}

function labels(typed: string, match: RegExpExecArray, series: readonly SeriesIdentity[]): Suggestion[] {
  const [, before = "", started = ""] = match;
  const counts = new Map<string, Set<string>>();
  const note = (label: string, value: string): void => {
    const known = counts.get(label);
    if (known === undefined) counts.set(label, new Set([value]));
    else if (known.size < 1000) known.add(value);
  };
  for (const identity of series) {
    for (const label of identityLabels) note(label, labelOf(identity, label));
    for (const [label, value] of identity.labels) note(label, value);
  }
  const found = [...counts].map(([label, set]) => [label, set.size] as [string, number]);
  return ranked(found, started.toLowerCase()).map(([label, count]) => ({
    text: label,
    detail: `${count} ${count === 1 ? "value" : "values"}`,
    result: `${typed.slice(0, match.index)}${before}${label}="`,
  }));
}

function values(typed: string, match: RegExpExecArray, series: readonly SeriesIdentity[]): Suggestion[] {
  const [whole, label = "", operator = "=", started = ""] = match;
  const counts = new Map<string, number>();
  for (const identity of series) {
    const value = labelOf(identity, label);
    if (value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const lead = /^[{,]\s*/.exec(whole)?.[0] ?? "";
  return ranked([...counts], started.toLowerCase()).map(([value, count]) => ({
    text: value,
    detail: `${count} series`,
    result: `${typed.slice(0, match.index)}${lead}${label}${operator}${quote(value)}}`,
  }));
}

/** The series that what stands before `end` already picks. */
function among(typed: string, end: number, catalogue: readonly SeriesIdentity[]): readonly SeriesIdentity[] {
  try {
    const test = parseSelector(`${typed.slice(0, end)}${end > typed.indexOf("{") ? "}" : ""}`);
    return catalogue.filter(test);
  } catch (error) {
    if (error instanceof SelectorError) return catalogue;
    throw error;
  }
}

/** Those that begin so come before those that contain it. */
function ranked(found: [string, number][], wanted: string): [string, number][] {
  const rank = ([text]: [string, number]): number => {
    const place = text.toLowerCase().indexOf(wanted);
    return place < 0 ? -1 : Math.min(place, 1);
  };
  return found
    .filter((one) => rank(one) >= 0)
    .sort((a, b) => rank(a) - rank(b) || (a[0] < b[0] ? -1 : 1))
    .slice(0, maxSuggestions);
}
