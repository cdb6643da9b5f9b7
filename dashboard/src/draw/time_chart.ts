// Lines over time: a uPlot fed from a Grid.

import uPlot from "uplot";
import { Grid } from "../model/grid";
import { emptyPlot, type Plot } from "../model/plot";
import { niceRange } from "../model/scale";
import { timeAxis, valueAxis } from "./axes";
import { Legend } from "./legend";
import { chartColours, lineColour, lineDash, type Theme } from "./palette";
import { type Drawable, hasMoved, type Scene } from "./scene";
import { watchSize } from "./size";

export interface TimeChartParts {
  readonly canvas: HTMLElement;
  readonly legend: HTMLElement;
}

export class TimeChart implements Drawable {
  readonly element: HTMLElement;
  /** Also read by those that describe the chart in words. */
  readonly grid = new Grid();
  plot: Plot = emptyPlot;
  private chart: uPlot | null = null;
  private drawnPlot: Plot | null = null;
  private theme: Theme | null = null;
  private readonly legend: Legend;
  private readonly stopWatching: () => void;
  private range: [number, number] = [0, 1];
  private cursor: number | null = null;
  private values = new Float64Array(8);
  private stacked: (number | null)[][] = [];
  private drawn: Scene | null = null;
  private valuesAreOld = false;

  constructor(
    parts: TimeChartParts,
    private readonly compact = false,
  ) {
    this.element = parts.canvas;
    this.legend = new Legend(parts.legend);
    this.stopWatching = watchSize(parts.canvas, (width, height) => this.chart?.setSize({ width, height }));
  }

  /** The plotting area's left edge and width, in CSS pixels from the element's left edge. */
  get plotArea(): { left: number; width: number } {
    const ratio = devicePixelRatio;
    const box = this.chart?.bbox;
    return box === undefined ? { left: 0, width: 1 } : { left: box.left / ratio, width: box.width / ratio };
  }

  draw(scene: Scene): void {
    if (scene.theme !== this.theme || !looksAlike(this.plot, this.drawnPlot)) this.rebuild(scene.theme);
    if (this.plot !== this.drawnPlot) this.drawn = null; // the same lines, of other series
    this.drawnPlot = this.plot;
    const { chart } = this;
    if (chart === null) return;
    // By less than half a pixel nobody could tell; but while time goes on, new values are worth their text.
    const goesOn = scene.text && scene.to !== this.drawn?.to;
    if (goesOn || hasMoved(scene, this.drawn, this.plotArea.width, 0.5)) {
      this.drawn = scene;
      this.redraw(scene, chart);
      this.valuesAreOld = true;
    }
    if (scene.text && this.valuesAreOld) {
      this.showValues(scene);
      this.valuesAreOld = false;
    }
  }

  private redraw(scene: Scene, chart: uPlot): void {
    const { grid, plot } = this;
    grid.update(plot, scene.from, scene.to, scene.newest, scene.historyVersion);
    this.cursor = scene.cursor;
    const data = [grid.times, ...(plot.stacked ? this.stack() : grid.lines)] as uPlot.AlignedData;
    this.range = this.valueRange(plot.stacked ? this.stacked : grid.lines);
    chart.batch(() => {
      chart.setData(data, false);
      chart.setScale("x", { min: scene.from, max: scene.to });
    });
  }

  destroy(): void {
    this.stopWatching();
    this.chart?.destroy();
    this.chart = null;
  }

  private rebuild(theme: Theme): void {
    this.theme = theme;
    this.drawn = null;
    if (this.values.length < this.plot.labels.length) this.values = new Float64Array(this.plot.labels.length);
    this.legend.reset(this.plot, theme);
    this.chart?.destroy();
    const { plot } = this;
    this.chart = new uPlot(
      {
        width: Math.max(80, this.element.clientWidth),
        height: Math.max(60, this.element.clientHeight),
        ms: 1,
        legend: { show: false },
        cursor: { show: false },
        select: { show: false, left: 0, top: 0, width: 0, height: 0 },
        padding: [10, 10, 0, 0],
        scales: { x: { time: true, auto: false }, y: { range: () => this.range } },
        axes: [
          timeAxis(theme),
          valueAxis(
            theme,
            () => this.plot.unit,
            () => this.plot.perSecond,
          ),
        ],
        series: [{}, ...plot.labels.map((_, i) => this.lineStyle(i, theme))],
        bands: plot.stacked
          ? plot.labels.slice(1).map((_, i) => ({ series: [i + 2, i + 1] as [number, number] }))
          : [],
        hooks: { draw: [(chart) => this.drawCursor(chart)] },
      },
      [[], ...plot.labels.map(() => [])],
      this.element,
    );
  }

  private lineStyle(i: number, theme: Theme): uPlot.Series {
    const stroke = lineColour(i, theme);
    const fill = this.plot.stacked
      ? `${stroke}${i === 0 ? "50" : "60"}`
      : this.plot.labels.length === 1
        ? `${stroke}22`
        : undefined;
    return {
      stroke,
      dash: lineDash(i),
      width: this.compact ? 1.25 : 1.5,
      points: { show: false },
      ...(fill && { fill }),
    };
  }

  /** Each line on top of those before. */
  private stack(): (number | null)[][] {
    const { lines, times } = this.grid;
    this.stacked.length = lines.length;
    for (let line = 0; line < lines.length; ++line) {
      const top = (this.stacked[line] ??= []);
      const below = line === 0 ? null : this.stacked[line - 1]!;
      top.length = times.length;
      for (let i = 0; i < times.length; ++i) {
        const value = lines[line]![i]!;
        const base = below === null ? null : below[i]!;
        top[i] = value === null && base === null ? null : (value ?? 0) + (base ?? 0);
      }
    }
    return this.stacked;
  }

  private valueRange(lines: readonly (number | null)[][]): [number, number] {
    let low = Infinity;
    let high = -Infinity;
    for (const line of lines) {
      for (const value of line) {
        if (value === null) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    const range = niceRange(low, high, this.plot.fromZero);
    const { most = Infinity } = this.plot;
    return high <= most ? [range[0], Math.min(range[1], most)] : range;
  }

  private showValues(scene: Scene): void {
    this.values.fill(NaN);
    this.plot.sample(scene.cursor ?? scene.to, (scene.to - scene.from) / 300, this.values);
    this.legend.show(this.plot, this.values);
  }

  private drawCursor(chart: uPlot): void {
    if (this.cursor === null) return;
    const { ctx, bbox } = chart;
    const x = Math.round(chart.valToPos(this.cursor, "x", true)) + 0.5;
    ctx.save();
    ctx.strokeStyle = chartColours[this.theme ?? "light"].cursor;
    ctx.globalAlpha = 0.6;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}

function looksAlike(a: Plot, b: Plot | null): boolean {
  if (b === null || a.stacked !== b.stacked || a.labels.length !== b.labels.length) return false;
  return a.labels.every((label, i) => label === b.labels[i]);
}
