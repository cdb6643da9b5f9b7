// What the person has chosen to see. All of it but the pause is in the URL, so a link shares it.

import { create } from "zustand";

export const pages = ["overview", "nodes", "explore", "system"] as const;
export type Page = (typeof pages)[number];
/** Seconds. */
export const windows = [10, 30, 60, 300, 900] as const;
export const charts = ["latency", "throughput", "errors", "histogram", "inflight"] as const;
export type ChartName = (typeof charts)[number];
export type Theme = "system" | "light" | "dark";

export interface View {
  readonly page: Page;
  readonly windowSeconds: number;
  readonly service: string;
  /** The metric picked for a chart; absent: by convention. */
  readonly picked: Readonly<Partial<Record<ChartName, string>>>;
  readonly pins: readonly string[];
  readonly query: string;
  readonly layout: "multiples" | "overlay";
  readonly histogramView: "quantiles" | "rate";
  readonly theme: Theme;
}

export const initialView: View = {
  page: "overview",
  windowSeconds: 60,
  service: "",
  picked: {},
  pins: [],
  query: "",
  layout: "multiples",
  histogramView: "quantiles",
  theme: "system",
};

export interface ViewStore extends View {
  /** Right edge of the charts while paused, in the aggregator's Unix ms; null: live. */
  readonly pausedAt: number | null;
  readonly helpOpen: boolean;
  set(change: Partial<View & { pausedAt: number | null; helpOpen: boolean }>): void;
}

export const useView = create<ViewStore>((set) => ({
  ...initialView,
  pausedAt: null,
  helpOpen: false,
  set: (change) => set(change),
}));
