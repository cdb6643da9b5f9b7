// The distribution at one instant: how many observations lie where, on a log scale.

import uPlot from "uplot";
import type { HistogramSeries } from "../live/series";
import { unitOf } from "../model/conventions";
import { Distribution } from "../model/distribution";
import { niceCeil, roomyRange } from "../model/scale";
import { logAxis, valueAxis } from "./axes";
import { lineColour, type Theme } from "./palette";
import type { Drawable, Scene } from "./scene";
import { watchSize } from "./size";

const bars = 64;
/** Its window is 10 s long: more often nobody could tell. */
const intervalMs = 100;

export class DistributionChart implements Drawable {
  readonly element: HTMLElement;
  readonly distribution = new Distribution();
  private chart: uPlot | null = null;
  private theme: Theme | null = null;
  private histograms: readonly HistogramSeries[] = [];
  private readonly edges: number[] = new Array<number>(bars + 1).fill(0);
  private readonly heights: number[] = new Array<number>(bars + 1).fill(0);
  private low = 1;
  private high = 10;
  private fitted = false;
  private drawnTo = 0;
  private readonly stopWatching: () => void;

  constructor(element: HTMLElement) {
    this.element = element;
    this.stopWatching = watchSize(element, (width, height) => this.chart?.setSize({ width, height }));
  }

  show(histograms: readonly HistogramSeries[]): void {
    this.histograms = histograms;
    this.fitted = false;
  }

  draw(scene: Scene): void {
    if (scene.theme !== this.theme) this.rebuild(scene.theme);
    else if (this.fitted && scene.to - this.drawnTo < intervalMs && scene.to >= this.drawnTo && !scene.text)
      return;
    this.drawnTo = scene.to;
    this.distribution.merge(this.histograms, scene.bounds, scene.cursor ?? scene.to);
    this.fit();
    this.fill();
    this.chart!.batch(() => {
      this.chart!.setData([this.edges, this.heights], false);
      this.chart!.setScale("x", { min: this.low, max: this.high });
    });
  }

  destroy(): void {
    this.stopWatching();
    this.chart?.destroy();
    this.chart = null;
  }

  private get unit(): ReturnType<typeof unitOf> {
    return unitOf(this.histograms[0]?.identity.name ?? "");
  }

  private rebuild(theme: Theme): void {
    this.theme = theme;
    this.chart?.destroy();
    const stroke = lineColour(0, theme);
    this.chart = new uPlot(
      {
        width: Math.max(80, this.element.clientWidth),
        height: Math.max(60, this.element.clientHeight),
        legend: { show: false },
        cursor: { show: false },
        select: { show: false, left: 0, top: 0, width: 0, height: 0 },
        padding: [10, 10, 0, 0],
        scales: {
          x: { time: false, distr: 3, auto: false, range: () => [this.low, this.high] },
          y: { range: (_chart, _low, high) => [0, niceCeil(high * 1.05)] },
        },
        axes: [
          logAxis(theme, 2, () => this.unit.unit),
          valueAxis(
            theme,
            () => "plain",
            () => false,
          ),
        ],
        series: [
          {},
          {
            stroke,
            fill: `${stroke}44`,
            width: 1.5,
            paths: uPlot.paths.stepped!({ align: 1 }),
            points: { show: false },
          },
        ],
      },
      [[], []],
      this.element,
    );
  }

  /** Takes in all there is; gives room back only when three quarters of it stay empty. */
  private fit(): void {
    const { lowers, uppers, counts } = this.distribution;
    const { factor } = this.unit;
    let low = Infinity;
    let high = 0;
    for (let i = 0; i < counts.length; ++i) {
      if (!(uppers[i]! > 0)) continue;
      low = Math.min(low, (lowers[i]! > 0 ? lowers[i]! : uppers[i]! / 2) * factor);
      high = Math.max(high, (Number.isFinite(uppers[i]!) ? uppers[i]! : lowers[i]! * 2) * factor);
    }
    if (!(high > 0)) return;
    [low, high] = roomyRange(low, high);
    const wasted = Math.log(this.high / this.low) > 4 * Math.log(high / low);
    if (this.fitted && low >= this.low && high <= this.high && !wasted) return;
    this.low = this.fitted && !wasted ? Math.min(low, this.low) : low;
    this.high = this.fitted && !wasted ? Math.max(high, this.high) : high;
    this.fitted = true;
  }

  private fill(): void {
    const { lowers, uppers, counts } = this.distribution;
    const { factor } = this.unit;
    const width = Math.log(this.high / this.low) / bars;
    for (let bar = 0; bar <= bars; ++bar) {
      this.edges[bar] = this.low * Math.exp(width * bar);
      this.heights[bar] = 0;
    }
    for (let i = 0; i < counts.length; ++i) {
      const from = Math.log(Math.max(lowers[i]! * factor, this.low) / this.low) / width;
      const upper = Number.isFinite(uppers[i]!) ? uppers[i]! * factor : this.high;
      const to = Math.max(from + 1e-9, Math.log(Math.max(upper, this.low) / this.low) / width);
      const density = counts[i]! / (to - from);
      for (let bar = Math.max(0, Math.floor(from)); bar < Math.min(bars, to); ++bar) {
        this.heights[bar]! += density * (Math.min(to, bar + 1) - Math.max(from, bar));
      }
    }
    this.heights[bars] = this.heights[bars - 1]!;
  }
}
