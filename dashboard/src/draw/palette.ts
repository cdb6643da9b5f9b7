// Colours of lines: Okabe and Ito's, which people with any common colour blindness can tell apart, in a lighter
// and a darker cut for the two themes. Beyond eight lines the colours repeat with dashes.

export type Theme = "light" | "dark";

const lines: Record<Theme, readonly string[]> = {
  light: ["#0072b2", "#d55e00", "#009e73", "#b5578f", "#3a9bd9", "#b8860b", "#5b4bb3", "#6b7280"],
  dark: ["#56b4e9", "#e69f00", "#2fc99a", "#e18cc0", "#8fb8ff", "#f0e442", "#b39dfa", "#a3adbb"],
};

export interface ChartColours {
  readonly ink: string;
  readonly grid: string;
  readonly cursor: string;
}

export const chartColours: Record<Theme, ChartColours> = {
  light: { ink: "#5b6472", grid: "#e6e9ee", cursor: "#1f2937" },
  dark: { ink: "#97a3b4", grid: "#232c3a", cursor: "#e5e9f0" },
};

export function lineColour(index: number, theme: Theme): string {
  return lines[theme][index % lines[theme].length]!;
}

export function lineDash(index: number): number[] {
  const round = Math.floor(index / lines.light.length) % 4;
  return [[], [6, 3], [2, 2], [8, 3, 2, 3]][round]!;
}

// Of a heatmap, from few to many: rising evenly in lightness, so it also reads in grey. Light ends are each
// theme's background, and so are empty cells.
const heat: Record<Theme, readonly [number, number, number][]> = {
  light: [
    [222, 235, 247],
    [158, 202, 225],
    [66, 146, 198],
    [8, 81, 156],
    [8, 29, 88],
  ],
  dark: [
    [19, 41, 75],
    [33, 90, 146],
    [62, 155, 190],
    [140, 214, 190],
    [252, 253, 191],
  ],
};

/** 256 colours as ABGR words, for ImageData; 0 is transparent. */
export function heatColours(theme: Theme): Uint32Array {
  const stops = heat[theme];
  const words = new Uint32Array(256);
  for (let i = 1; i < 256; ++i) {
    const place = ((i - 1) / 254) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(place));
    const [a, b] = [stops[low]!, stops[low + 1]!];
    const mix = (channel: 0 | 1 | 2): number =>
      Math.round(a[channel] + (b[channel] - a[channel]) * (place - low));
    words[i] = (255 << 24) | (mix(2) << 16) | (mix(1) << 8) | mix(0);
  }
  return words;
}
