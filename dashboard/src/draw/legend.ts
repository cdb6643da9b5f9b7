// The lines' names and their values at the instant that is read. Values change many times a second, so they
// are written straight into the page.

import { formatValue } from "../model/format";
import type { Plot } from "../model/plot";
import { lineColour, lineDash, type Theme } from "./palette";

export class Legend {
  private values: Text[] = [];
  private shown: string[] = [];

  constructor(private readonly element: HTMLElement) {}

  reset(plot: Plot, theme: Theme): void {
    this.values = [];
    this.shown = [];
    this.element.replaceChildren(
      ...plot.labels.map((label, i) => {
        const item = document.createElement("li");
        const swatch = document.createElement("i");
        const colour = lineColour(i, theme);
        const dashed = lineDash(i).length > 0;
        swatch.style.background = dashed
          ? `repeating-linear-gradient(90deg, ${colour} 0 3px, transparent 3px 5px)`
          : colour;
        const name = document.createElement("span");
        name.textContent = label;
        name.title = label;
        const output = document.createElement("b");
        const value = document.createTextNode("");
        output.append(value);
        this.values.push(value);
        item.append(swatch, name, output);
        return item;
      }),
    );
  }

  show(plot: Plot, values: ArrayLike<number>): void {
    for (let i = 0; i < this.values.length; ++i) {
      const text = formatValue(values[i]!, plot.unit, plot.perSecond);
      if (text === this.shown[i]) continue;
      this.shown[i] = text;
      this.values[i]!.data = text;
    }
  }
}
