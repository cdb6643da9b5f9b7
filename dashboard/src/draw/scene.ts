// What every chart needs to know for a frame.

import type { BoundTable } from "../live/bounds";
import type { Theme } from "./palette";

export interface Scene {
  /** The window on show, in the aggregator's Unix ms: (from, to]. */
  readonly from: number;
  readonly to: number;
  /** How far data reaches. */
  readonly newest: number;
  readonly historyVersion: number;
  readonly bounds: BoundTable;
  readonly theme: Theme;
  /** The instant that is read on all charts, or null for the newest. */
  readonly cursor: number | null;
  /** True a few times a second: when text is worth changing. */
  readonly text: boolean;
}

/** Whether the window has moved by so much of a chart of that width that it shows, or is another one. */
export function hasMoved(scene: Scene, before: Scene | null, widthPx: number, byPx: number): boolean {
  if (before === null || scene.cursor !== before.cursor || scene.historyVersion !== before.historyVersion)
    return true;
  const span = scene.to - scene.from;
  if (Math.abs(span - (before.to - before.from)) > 1e-6) return true;
  return Math.abs(scene.to - before.to) >= (span / (widthPx * devicePixelRatio)) * byPx;
}

export interface Drawable {
  readonly element: Element;
  draw(scene: Scene): void;
}
