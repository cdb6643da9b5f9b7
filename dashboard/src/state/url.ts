// The view as the URL's fragment, which no server ever sees: #/explore?match=cpu_*&window=300.

import { charts, initialView, pages, type View, windows } from "./view";

const maxPins = 16;

export function viewToHash(view: View): string {
  const parameters = new URLSearchParams();
  if (view.windowSeconds !== initialView.windowSeconds) parameters.set("window", String(view.windowSeconds));
  if (view.service !== "") parameters.set("service", view.service);
  for (const chart of charts) {
    const picked = view.picked[chart];
    if (picked !== undefined && picked !== "") parameters.set(chart, picked);
  }
  for (const pin of view.pins) parameters.append("pin", pin);
  if (view.query !== "") parameters.set("match", view.query);
  if (view.layout !== initialView.layout) parameters.set("layout", view.layout);
  if (view.histogramView !== initialView.histogramView) parameters.set("histograms", view.histogramView);
  if (view.theme !== initialView.theme) parameters.set("theme", view.theme);
  const text = parameters.toString();
  return `#/${view.page}${text === "" ? "" : `?${text}`}`;
}

/** What makes no sense is left at its default: links are typed by hand too. */
export function viewFromHash(hash: string): View {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const text = (name: string): string => parameters.get(name) ?? "";
  const oneOf = <T extends string>(value: string, allowed: readonly T[], otherwise: T): T =>
    allowed.find((one) => one === value) ?? otherwise;
  const seconds = Number(text("window"));
  return {
    page: oneOf(path, pages, initialView.page),
    windowSeconds: windows.find((one) => one === seconds) ?? initialView.windowSeconds,
    service: text("service"),
    picked: Object.fromEntries(
      charts.filter((chart) => text(chart) !== "").map((chart) => [chart, text(chart)]),
    ),
    pins: [...new Set(parameters.getAll("pin"))].filter((pin) => pin !== "").slice(0, maxPins),
    query: text("match"),
    layout: oneOf(text("layout"), ["multiples", "overlay"], initialView.layout),
    histogramView: oneOf(text("histograms"), ["quantiles", "rate"], initialView.histogramView),
    theme: oneOf(text("theme"), ["system", "light", "dark"], initialView.theme),
  };
}
