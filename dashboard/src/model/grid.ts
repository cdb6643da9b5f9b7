// A plot's lines, evaluated at evenly spaced moments: about one for two pixels of a chart.
//
// The moments lie on a fixed grid of time, so a value once computed stays valid while the window moves on: each
// frame computes only what is new, what may still change because samples come a little late, and the newest
// moment itself.

import type { Plot } from "./plot";

export const columns = 300;
/** Samples of so far back may still arrive, and change what was computed; that is looked after so often. */
const lateMs = 400;
const lateIntervalMs = 100;

export class Grid {
  /** Moments in Unix ms, and for each line its values; null where there is none. The last column is "now". */
  readonly times: number[] = [];
  readonly lines: (number | null)[][] = [];
  private plot: Plot | null = null;
  private step = 0;
  private first = 0; // grid number of column 0
  private computedUntil = -Infinity; // moments up to here are there,
  private finalUntil = -Infinity; // and up to here will not change
  private lateLookedAfter = -Infinity;
  private historyVersion = -1;
  private scratch = new Float64Array(8);

  /** Brings the columns to the window (from, to]. `newest`: how far data reaches; what is later may change. */
  update(plot: Plot, from: number, to: number, newest: number, historyVersion: number): void {
    const step = (to - from) / columns;
    if (plot !== this.plot || Math.abs(step - this.step) > 1e-9 || historyVersion !== this.historyVersion) {
      this.start(plot, step);
      this.historyVersion = historyVersion;
    }
    const first = Math.floor(from / this.step);
    const last = Math.floor(to / this.step);
    this.shiftTo(first);
    const until = last - first;
    const lookAfterLate = to - this.lateLookedAfter >= lateIntervalMs;
    const done = lookAfterLate ? this.finalUntil : this.computedUntil;
    for (let i = Math.max(0, Math.round(done / this.step) + 1 - first); i <= until; ++i) {
      this.compute(i, (first + i) * this.step);
    }
    this.computedUntil = last * this.step;
    if (lookAfterLate) {
      this.lateLookedAfter = to;
      const final = Math.min(newest, to) - lateMs;
      this.finalUntil = Math.min(last, Math.floor(final / this.step)) * this.step;
    }
    this.compute(until + 1, to);
    this.trim(until + 2);
  }

  private start(plot: Plot, step: number): void {
    this.plot = plot;
    this.step = step;
    this.forget();
    this.times.length = 0;
    this.lines.length = plot.labels.length;
    for (let i = 0; i < this.lines.length; ++i) this.lines[i] = [];
    if (this.scratch.length < plot.labels.length) this.scratch = new Float64Array(plot.labels.length);
  }

  private shiftTo(first: number): void {
    const shift = first - this.first;
    this.first = first;
    if (shift === 0) return;
    if (shift < 0 || shift > this.times.length) {
      this.forget();
      return;
    }
    this.times.copyWithin(0, shift);
    for (const line of this.lines) line.copyWithin(0, shift);
  }

  private forget(): void {
    this.computedUntil = this.finalUntil = this.lateLookedAfter = -Infinity;
  }

  private compute(i: number, time: number): void {
    this.scratch.fill(NaN);
    this.plot!.sample(time, this.step, this.scratch);
    this.times[i] = time;
    for (let line = 0; line < this.lines.length; ++line) {
      const value = this.scratch[line]!;
      this.lines[line]![i] = Number.isFinite(value) ? value : null;
    }
  }

  private trim(length: number): void {
    this.times.length = length;
    for (const line of this.lines) line.length = length;
  }
}
