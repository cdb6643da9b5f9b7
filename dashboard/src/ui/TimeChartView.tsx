import { useEffect, useId, useRef, useState } from "react";
import { TimeChart } from "../draw/time_chart";
import { summary } from "../draw/words";
import type { Plot } from "../model/plot";
import { session } from "../state/session";
import { keysRead, pointerReads } from "./chart_pointer";

const summaryIntervalMs = 3000;

/** A chart of lines over time, with its legend, readable by pointer, by keyboard, and in words. */
export function TimeChartView(props: {
  title: string;
  plot: Plot;
  height: string;
  compact?: boolean;
}): JSX.Element {
  const { title, plot, height, compact = false } = props;
  const canvas = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const chart = useRef<TimeChart | null>(null);
  const [words, setWords] = useState("");
  const [said, setSaid] = useState("");
  const describedBy = useId();

  useEffect(() => {
    const element = canvas.current!;
    const made = new TimeChart({ canvas: element, legend: legend.current! }, compact);
    chart.current = made;
    const undo = [
      session.loop.add(made),
      pointerReads(element, () => made.plotArea),
      keysRead(element, () => made.plot, setSaid),
    ];
    const describe = (): void => setWords(summary(made.plot, made.grid));
    const timer = setInterval(describe, summaryIntervalMs);
    const first = setTimeout(describe, 300);
    return () => {
      clearInterval(timer);
      clearTimeout(first);
      for (const one of undo) one();
      made.destroy();
    };
  }, [compact]);

  useEffect(() => {
    if (chart.current !== null) chart.current.plot = plot;
  }, [plot]);

  return (
    <>
      <ul ref={legend} className={`legend px-3 ${compact ? "h-5" : "min-h-5"}`} aria-hidden="true" />
      <div
        ref={canvas}
        className={`relative mt-1 ${height} touch-pan-y`}
        tabIndex={0}
        role="group"
        aria-roledescription="chart"
        aria-label={title}
        aria-describedby={describedBy}
        data-chart={title}
      />
      <p id={describedBy} className="sr-only">
        {words} Arrow keys read values.
      </p>
      <p className="sr-only" aria-live="assertive">
        {said}
      </p>
    </>
  );
}
