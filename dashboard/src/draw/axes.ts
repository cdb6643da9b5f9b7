// Axes as all charts have them: of fixed size, so that nothing jumps when numbers get longer.

import type uPlot from "uplot";
import type { Unit } from "../model/conventions";
import { formatClock, formatTick } from "../model/format";
import { chartColours, type Theme } from "./palette";

const font = "11px system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif";
const valueAxisPx = 62;
const timeAxisPx = 24;
const labelRoomPx = 14;

/** Seconds between labels of the time axis. */
const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300].map((seconds) => seconds * 1000);

function base(theme: Theme): Partial<uPlot.Axis> {
  const { ink, grid } = chartColours[theme];
  return { font, stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { show: false }, gap: 6 };
}

export function timeAxis(theme: Theme): uPlot.Axis {
  return {
    ...base(theme),
    size: timeAxisPx,
    space: 78,
    incrs: timeSteps,
    splits: (_chart, _axis, low, high, step) => timeSplits(low, high, step),
    values: (chart, times) => times.map((time) => (fits(chart, time) ? formatClock(time) : "")),
  };
}

export function valueAxis(theme: Theme, unit: () => Unit, perSecond: () => boolean): uPlot.Axis {
  return {
    ...base(theme),
    size: valueAxisPx,
    space: 34,
    values: (_chart, values) => values.map((value) => formatTick(value, unit(), perSecond())),
  };
}

/** Whole multiples of the step: labels are round times, wherever the window's edges are. */
export function timeSplits(low: number, high: number, step: number): number[] {
  const splits: number[] = [];
  for (let time = Math.ceil(low / step) * step; time <= high; time += step) splits.push(time);
  return splits;
}

/** For logarithmic scales: labels at the powers of ten, and between them if there are few. */
export function logAxis(theme: Theme, side: 2 | 3, unit: () => Unit): uPlot.Axis {
  return {
    ...base(theme),
    size: side === 3 ? valueAxisPx : timeAxisPx,
    side,
    splits: (_chart, _axis, low, high) => logSplits(low, high),
    values: (chart, values) =>
      values.map((value) => (side === 3 || fits(chart, value) ? formatTick(value, unit()) : "")),
  };
}

/** Whether a label below the chart has room before its right edge. */
function fits(chart: uPlot, value: number): boolean {
  return chart.valToPos(value, "x") < chart.bbox.width / devicePixelRatio - labelRoomPx;
}

export function logSplits(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const multiples = decades <= 1.5 ? [1, 2, 5] : decades <= 3 ? [1, 3] : [1];
  const splits: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); ++exponent) {
    for (const multiple of multiples) {
      const value = multiple * 10 ** exponent;
      if (value >= low && value <= high) splits.push(value);
    }
  }
  return splits;
}
