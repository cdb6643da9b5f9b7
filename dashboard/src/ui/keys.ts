// The keyboard: what works everywhere on the page.

import { pages, useView, windows } from "../state/view";
import { session } from "../state/session";

export const searchFieldId = "search";

export const keyHelp: readonly (readonly [string, string])[] = [
  ["Space", "pause, and go on live"],
  ["← →", "while paused: scrub back and forth; on a chart: read its values"],
  ["Home", "while paused: the oldest"],
  ["End", "go on live; on a chart: the newest values"],
  ["[ ]", "shorter, longer time window"],
  ["1 2 3 4", "Overview, Nodes, Explore, System"],
  ["/", "search for metrics"],
  ["Esc", "close, stop reading"],
  ["?", "this help"],
];

export function focusSearch(): void {
  useView.getState().set({ page: "explore", helpOpen: false });
  // It is there after React has shown the page.
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(searchFieldId)?.focus()));
}

export function togglePause(): void {
  const { pausedAt, set } = useView.getState();
  const edge = session.liveEdge();
  if (pausedAt !== null) set({ pausedAt: null });
  else if (!Number.isNaN(edge)) set({ pausedAt: edge });
}

/** Moves the window of a paused view, within what history there is. */
export function scrub(shareOfWindow: number): void {
  const { pausedAt, windowSeconds, set } = useView.getState();
  if (pausedAt === null) return;
  const oldest = session.oldest() + windowSeconds * 1000;
  const moved = pausedAt + shareOfWindow * windowSeconds * 1000;
  set({ pausedAt: Math.min(session.liveEdge(), Math.max(Math.min(oldest, pausedAt), moved)) });
}

function changeWindow(by: number): void {
  const { windowSeconds, set } = useView.getState();
  const place = windows.findIndex((one) => one === windowSeconds) + by;
  set({ windowSeconds: windows[Math.min(windows.length - 1, Math.max(0, place))]! });
}

export function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target instanceof HTMLElement ? event.target : document.body;
  const { helpOpen, set } = useView.getState();
  if (event.key === "Escape") {
    if (helpOpen) set({ helpOpen: false });
    else target.blur();
    return;
  }
  if (helpOpen && event.key !== "?") return;
  if (target.matches("input:not([type=range]), select, textarea, [contenteditable]")) return;
  // Space presses a focused button, as everywhere.
  if (event.key === " " && target.matches("button, a, summary, [role=option]")) return;
  const page = pages[Number(event.key) - 1];
  if (page !== undefined) set({ page });
  else if (event.key === " ") togglePause();
  else if (event.key === "?") set({ helpOpen: !helpOpen });
  else if (event.key === "/") focusSearch();
  else if (event.key === "[") changeWindow(-1);
  else if (event.key === "]") changeWindow(1);
  else if (target.matches("input[type=range]")) return;
  else if (event.key === "ArrowLeft") scrub(-0.1);
  else if (event.key === "ArrowRight") scrub(0.1);
  else if (event.key === "Home") scrub(-Infinity);
  else if (event.key === "End") set({ pausedAt: null });
  else return;
  event.preventDefault();
}
