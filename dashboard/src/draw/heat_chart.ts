// A distribution over time: columns of time, rows of values on a log scale, colour for how many.
//
// Cells are kept as an image of one pixel each, which is stretched over the plotting area. Each column is
// merged once, when its time has come; the image moves on by whole columns.

import uPlot from "uplot";
import type { HistogramSeries } from "../live/series";
import { unitOf } from "../model/conventions";
import { Distribution } from "../model/distribution";
import { roomyRange } from "../model/scale";
import { logAxis, timeAxis } from "./axes";
import { chartColours, heatColours, type Theme } from "./palette";
import { type Drawable, hasMoved, type Scene } from "./scene";
import { watchSize } from "./size";

const columns = 120;
const rows = 48;
const lateMs = 600;
/** Columns that may still change are merged again so often, and the range of values is looked after. */
const lateIntervalMs = 250;
const rangeIntervalMs = 1000;

export class HeatChart implements Drawable {
  readonly element: HTMLElement;
  private chart: uPlot | null = null;
  private theme: Theme | null = null;
  private histograms: readonly HistogramSeries[] = [];
  private readonly distribution = new Distribution();
  private readonly counts = new Float32Array(columns * rows); // column by column, in a ring by grid number
  private readonly numbers = new Float64Array(columns).fill(-1); // which grid number a column holds
  private readonly image = document.createElement("canvas");
  private readonly pixels: ImageData;
  private readonly words: Uint32Array;
  private colours = heatColours("light");
  private readonly stopWatching: () => void;
  private scene: Scene | null = null;
  private step = 0;
  private low = 1;
  private high = 10;
  private key = "";
  private last = -1; // grid number of the newest column that is painted
  private lateLookedAfter = -Infinity;
  private rangeLookedAfter = -Infinity;

  constructor(element: HTMLElement) {
    this.element = element;
    this.image.width = columns;
    this.image.height = rows;
    this.pixels = new ImageData(columns, rows);
    this.words = new Uint32Array(this.pixels.data.buffer);
    this.stopWatching = watchSize(element, (width, height) => this.chart?.setSize({ width, height }));
  }

  show(histograms: readonly HistogramSeries[]): void {
    this.histograms = histograms;
    this.key = "";
  }

  get plotArea(): { left: number; width: number } {
    const box = this.chart?.bbox;
    return box === undefined
      ? { left: 0, width: 1 }
      : { left: box.left / devicePixelRatio, width: box.width / devicePixelRatio };
  }

  draw(scene: Scene): void {
    if (scene.theme !== this.theme) this.rebuild(scene.theme);
    else if (!this.looksDifferent(scene)) return;
    this.scene = scene;
    this.step = (scene.to - scene.from) / columns;
    this.fitRange(scene);
    const key = `${this.step} ${this.low} ${this.high} ${scene.historyVersion}`;
    if (key !== this.key) {
      this.key = key;
      this.numbers.fill(-1);
      this.last = -1;
    }
    const last = Math.floor(scene.to / this.step);
    // What may still change is looked after now and then.
    const lookAfterLate = Math.abs(scene.to - this.lateLookedAfter) >= lateIntervalMs;
    if (lookAfterLate || last !== this.last) {
      this.lateLookedAfter = scene.to;
      for (let number = Math.max(0, last - columns + 1); number <= last; ++number) {
        if (this.numbers[number % columns] !== number) this.compute(number, scene);
      }
      this.paint(last);
      this.last = last;
    }
    this.chart!.batch(() => {
      this.chart!.setScale("x", { min: scene.from, max: scene.to });
      this.chart!.setScale("y", { min: this.low, max: this.high });
    });
  }

  destroy(): void {
    this.stopWatching();
    this.chart?.destroy();
    this.chart = null;
  }

  /** It moves by whole pixels, and what it shows changes slowly: most display frames need no other picture. */
  private looksDifferent(scene: Scene): boolean {
    return this.key === "" || scene.text || hasMoved(scene, this.scene, this.plotArea.width, 1);
  }

  private rebuild(theme: Theme): void {
    this.theme = theme;
    this.colours = heatColours(theme);
    this.chart?.destroy();
    const unit = (): ReturnType<typeof unitOf>["unit"] => unitOf(this.name).unit;
    this.chart = new uPlot(
      {
        width: Math.max(80, this.element.clientWidth),
        height: Math.max(60, this.element.clientHeight),
        ms: 1,
        legend: { show: false },
        cursor: { show: false },
        select: { show: false, left: 0, top: 0, width: 0, height: 0 },
        padding: [10, 10, 0, 0],
        scales: {
          x: { time: true, auto: false },
          y: { distr: 3, auto: false, range: () => [this.low, this.high] },
        },
        axes: [timeAxis(theme), logAxis(theme, 3, unit)],
        series: [{}, { show: true, stroke: "transparent", points: { show: false } }],
        hooks: { drawAxes: [(chart) => this.blit(chart)], draw: [(chart) => this.drawCursor(chart)] },
      },
      [[0], [1]],
      this.element,
    );
  }

  private get name(): string {
    return this.histograms[0]?.identity.name ?? "";
  }

  /** Whole powers of two around what the newest window holds: it grows at once, and seldom shrinks. */
  private fitRange(scene: Scene): void {
    const lookedAfter = Math.abs(scene.to - this.rangeLookedAfter) < rangeIntervalMs;
    if (lookedAfter && this.key !== "") return;
    this.rangeLookedAfter = scene.to;
    const { factor } = unitOf(this.name);
    let low = Infinity;
    let high = 0;
    for (const share of [0.02, 0.25, 0.5, 0.75, 0.999]) {
      this.distribution.merge(this.histograms, scene.bounds, scene.from + share * (scene.to - scene.from));
      const { lowers, uppers } = this.distribution;
      for (let i = 0; i < lowers.length; ++i) {
        if (uppers[i]! > 0) low = Math.min(low, lowers[i]! > 0 ? lowers[i]! : uppers[i]! / 2);
        if (Number.isFinite(uppers[i]!)) high = Math.max(high, uppers[i]!);
      }
    }
    if (!(high > 0) || !Number.isFinite(low)) return;
    [low, high] = roomyRange(low * factor, high * factor);
    const fits =
      this.key !== "" && low >= this.low && high <= this.high && this.low * 16 > low && high * 16 > this.high;
    if (fits) return;
    this.low = low;
    this.high = high;
  }

  private compute(number: number, scene: Scene): void {
    const start = (number % columns) * rows;
    this.counts.fill(0, start, start + rows);
    const time = Math.min((number + 1) * this.step, scene.to);
    // Of a moment whose samples may still be on their way nothing is kept.
    this.numbers[number % columns] = (number + 1) * this.step <= scene.newest - lateMs ? number : -1;
    this.distribution.merge(this.histograms, scene.bounds, time);
    const { lowers, uppers, counts } = this.distribution;
    const { factor } = unitOf(this.name);
    const bottom = Math.log(this.low);
    const perRow = (Math.log(this.high) - bottom) / rows;
    for (let i = 0; i < counts.length; ++i) {
      const upper = Number.isFinite(uppers[i]!) ? uppers[i]! * factor : this.high;
      const lower = Math.max(lowers[i]! * factor, this.low);
      const from = (Math.log(lower) - bottom) / perRow;
      const to = (Math.log(Math.max(upper, lower * 1.0001)) - bottom) / perRow;
      this.spread(start, from, to, counts[i]!);
    }
  }

  /** Adds a count evenly to the rows in [from, to). */
  private spread(start: number, from: number, to: number, count: number): void {
    const density = count / Math.max(1e-9, to - from);
    for (let row = Math.max(0, Math.floor(from)); row < Math.min(rows, to); ++row) {
      this.counts[start + row]! += density * (Math.min(to, row + 1) - Math.max(from, row));
    }
  }

  private paint(last: number): void {
    let most = 0;
    for (const count of this.counts) if (count > most) most = count;
    // By the root, so that the rare slow request can be seen beside the many fast ones.
    const scale = most > 0 ? 254 / Math.sqrt(most) : 0;
    for (let x = 0; x < columns; ++x) {
      const start = ((last - columns + 1 + x) % columns) * rows;
      for (let row = 0; row < rows; ++row) {
        const count = this.counts[start + row]!;
        const shade = count > most * 1e-5 ? 1 + Math.floor(Math.sqrt(count) * scale) : 0;
        this.words[(rows - 1 - row) * columns + x] = this.colours[shade]!;
      }
    }
    this.image.getContext("2d")!.putImageData(this.pixels, 0, 0);
  }

  private blit(chart: uPlot): void {
    const { scene, step } = this;
    if (scene === null) return;
    const { ctx, bbox } = chart;
    const last = Math.floor(scene.to / step);
    const left = chart.valToPos((last - columns + 1) * step, "x", true);
    const right = chart.valToPos((last + 1) * step, "x", true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(this.image, left, bbox.top, right - left, bbox.height);
    ctx.restore();
  }

  private drawCursor(chart: uPlot): void {
    const cursor = this.scene?.cursor ?? null;
    if (cursor === null) return;
    const { ctx, bbox } = chart;
    ctx.fillStyle = chartColours[this.theme ?? "light"].cursor;
    ctx.globalAlpha = 0.6;
    ctx.fillRect(Math.round(chart.valToPos(cursor, "x", true)), bbox.top, 1, bbox.height);
    ctx.globalAlpha = 1;
  }
}
