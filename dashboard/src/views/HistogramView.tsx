import { useEffect, useRef, useState } from "react";
import { DistributionChart } from "../draw/distribution_chart";
import { HeatChart } from "../draw/heat_chart";
import { formatClock, formatValue } from "../model/format";
import type { HistogramSeries } from "../live/series";
import { unitOf } from "../model/conventions";
import { session } from "../state/session";
import { emptyPlot, latencyPlot, type Plot } from "../model/plot";
import { keysRead, pointerReads } from "../ui/chart_pointer";

/** How observations are spread: at one instant, and as a heatmap over time. */
export function HistogramView(props: {
  histograms: readonly HistogramSeries[];
  height: string;
}): JSX.Element {
  const { histograms, height } = props;
  const bars = useRef<HTMLDivElement>(null);
  const heat = useRef<HTMLDivElement>(null);
  const charts = useRef<{ bars: DistributionChart; heat: HeatChart } | null>(null);
  const plot = useRef<Plot>(emptyPlot);
  const [words, setWords] = useState("");
  const [said, setSaid] = useState("");
  const name = histograms[0]?.identity.name ?? "";

  useEffect(() => {
    const made = { bars: new DistributionChart(bars.current!), heat: new HeatChart(heat.current!) };
    charts.current = made;
    const undo = [
      session.loop.add(made.bars),
      session.loop.add(made.heat),
      pointerReads(heat.current!, () => made.heat.plotArea),
      // What a picture of cells says in words are its quantiles.
      keysRead(heat.current!, () => plot.current, setSaid),
      keysRead(bars.current!, () => plot.current, setSaid),
    ];
    const describe = (): void => setWords(describeDistribution(made.bars, name));
    const timer = setInterval(describe, 3000);
    const first = setTimeout(describe, 300);
    return () => {
      clearInterval(timer);
      clearTimeout(first);
      for (const one of undo) one();
      made.bars.destroy();
      made.heat.destroy();
    };
  }, [name]);

  useEffect(() => {
    charts.current?.bars.show(histograms);
    charts.current?.heat.show(histograms);
    plot.current = latencyPlot(histograms, session.feed.store.bounds);
  }, [histograms, name]);

  return (
    <>
      <p className="sr-only" aria-live="assertive">
        {said}
      </p>
      <ul className="legend min-h-5 px-3" aria-hidden="true">
        <li>last 10 s, and over time: from few to many</li>
        <li>
          <span className="heat-scale" />
        </li>
      </ul>
      <div className="mt-1 grid grid-cols-1 sm:grid-cols-[2fr_3fr]">
        <div
          ref={bars}
          className={`relative ${height} min-w-0`}
          tabIndex={0}
          role="group"
          aria-roledescription="chart"
          aria-label={`Distribution. ${words}`}
          data-chart="Distribution"
        />
        <div
          ref={heat}
          className={`relative ${height} min-w-0 touch-pan-y`}
          tabIndex={0}
          role="group"
          aria-roledescription="chart"
          aria-label={`Heatmap of the distribution over time. ${words}`}
          data-chart="Heatmap"
        />
      </div>
    </>
  );
}

function describeDistribution({ distribution }: DistributionChart, name: string): string {
  if (distribution.total === 0) return "No observations.";
  const { unit, factor } = unitOf(name);
  const told = [0.5, 0.9, 0.99].map(
    (share) => `${share * 100} % are up to ${formatValue(distribution.quantile(share) * factor, unit)}`,
  );
  return `At ${formatClock(session.liveEdge())}, ${distribution.total} observations in 10 s: ${told.join(", ")}.`;
}
