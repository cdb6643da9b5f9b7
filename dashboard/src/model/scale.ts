// Ends of a value axis: round numbers, so that the axis stands still while values move within it.

export function niceCeil(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 1.5, 2, 3, 4, 5, 6, 8, 10]) {
    if (value <= step * power * (1 + 1e-9)) return step * power;
  }
  return 10 * power;
}

/** The range of an axis for values in [low, high]. */
export function niceRange(low: number, high: number, fromZero: boolean): [number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  if (fromZero || (low >= 0 && low < (high - low) * 0.5)) {
    if (low >= 0) return [0, niceCeil(high * 1.05)];
  }
  const span = high - low || Math.abs(high) * 0.1 || 1;
  const step = niceCeil(span / 4);
  return [Math.floor((low - span * 0.05) / step) * step, Math.ceil((high + span * 0.05) / step) * step];
}

/** The range of a logarithmic axis: whole powers of two, with some room beyond the lowest and the highest. */
export function roomyRange(low: number, high: number): [number, number] {
  const room = 0.2;
  return [2 ** Math.floor(Math.log2(low) - room), 2 ** Math.ceil(Math.log2(high) + room)];
}
