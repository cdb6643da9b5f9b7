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

export interface Drawable {
  readonly element: Element;
  draw(scene: Scene): void;
}
