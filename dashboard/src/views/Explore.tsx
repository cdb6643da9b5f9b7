import { useMemo } from "react";
import type { Series } from "../live/series";
import { overlayPlot, type Plot, seriesPlot, shortLabel } from "../model/plot";
import { parseSelector, SelectorError } from "../model/selector";
import { session } from "../state/session";
import { useLive } from "../state/live";
import { useView } from "../state/view";
import { Browse } from "../ui/Browse";
import { ChartCard } from "../ui/ChartCard";
import { LeftOut } from "../ui/LeftOut";
import { SelectorField } from "../ui/SelectorField";
import { TimeBar } from "../ui/TimeBar";
import { TimeChartView } from "../ui/TimeChartView";

/** More small charts, or lines in one chart, nobody can read. */
const maxShown = 64;

/** Any series, found by selector. */
export function Explore(): JSX.Element {
  const { query, layout, histogramView, pins, set } = useView();
  const storeTag = useLive((live) => live.storeTag);
  const problem = useLive((live) => live.problem);
  const series = useMemo(
    () => matching(query),
    // The store is not React's: its tag tells when it has changed.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [query, storeTag],
  );
  const shown = useMemo(() => series.slice(0, maxShown), [series]);
  const pinned = pins.includes(query);
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center gap-2">
        <SelectorField />
        <Choice
          label="Layout"
          options={[
            ["multiples", "Small charts"],
            ["overlay", "Overlaid"],
          ]}
          value={layout}
          onChange={(value) => set({ layout: value })}
        />
        {shown.some(({ kind }) => kind === "histogram") && (
          <Choice
            label="Histograms"
            options={[
              ["quantiles", "Quantiles"],
              ["rate", "Rate"],
            ]}
            value={histogramView}
            onChange={(value) => set({ histogramView: value })}
          />
        )}
        <button
          className="button"
          aria-pressed={pinned}
          disabled={query === ""}
          onClick={() => set({ pins: pinned ? pins.filter((pin) => pin !== query) : [...pins, query] })}
        >
          {pinned ? "Unpin" : "Pin to Overview"}
        </button>
      </div>
      <TimeBar withService={false} />
      {problem !== "" && (
        <p className="card border-bad/60 px-3 py-2 text-bad" role="alert" data-testid="problem">
          {problem}
        </p>
      )}
      {query !== "" && <LeftOut advice="Narrow it down by labels." />}
      <Found query={query} total={series.length} shown={shown.length} />
      {query !== "" &&
        shown.length > 0 &&
        (layout === "overlay" ? <Overlay series={shown} /> : <Multiples series={shown} />)}
    </div>
  );
}

function Found({ query, total, shown }: { query: string; total: number; shown: number }): JSX.Element {
  if (query === "") return <Browse />;
  if (total === 0) return <p className="p-8 text-center text-dim">No series matches.</p>;
  return (
    <p className="text-xs text-dim" data-testid="found">
      {total > shown ? `The first ${shown} of ${total} series.` : `${total} series.`}
    </p>
  );
}

function Overlay({ series }: { series: readonly Series[] }): JSX.Element {
  const histogramView = useView((view) => view.histogramView);
  const query = useView((view) => view.query);
  const plot = useMemo(() => overlayPlot(series, histogramView), [series, histogramView]);
  return (
    <ChartCard title={query}>
      <TimeChartView title={query} plot={plot} height="h-[26rem]" />
    </ChartCard>
  );
}

function Multiples({ series }: { series: readonly Series[] }): JSX.Element {
  const histogramView = useView((view) => view.histogramView);
  const charts = useMemo(() => {
    const [label, heading] = [shortLabel(series), shortLabel(series, false)];
    return series.map((one): { title: string; heading: string; note: string; plot: Plot } => ({
      title: label(one),
      heading: heading(one),
      note: one.identity.name,
      plot: seriesPlot(one, histogramView),
    }));
  }, [series, histogramView]);
  return (
    <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3 2xl:grid-cols-4">
      {charts.map(({ title, heading, note, plot }, i) => (
        <ChartCard key={i} title={heading} note={heading === note ? "" : note}>
          <TimeChartView title={title} plot={plot} height="h-32" compact />
        </ChartCard>
      ))}
    </div>
  );
}

/** The series at hand that match; none while the selector is no selector. */
function matching(query: string): Series[] {
  if (query === "") return [];
  try {
    const test = parseSelector(query);
    return sorted([...session.feed.store.series()].filter(({ identity }) => test(identity)));
  } catch (error) {
    if (error instanceof SelectorError) return [];
    throw error;
  }
}

function sorted(series: Series[]): Series[] {
  const label = (one: Series): string =>
    JSON.stringify([one.identity.name, one.identity.service, one.identity.instance, one.identity.labels]);
  return series.sort((a, b) => (label(a) < label(b) ? -1 : 1));
}

function Choice<T extends string>(props: {
  label: string;
  options: readonly (readonly [T, string])[];
  value: T;
  onChange: (value: T) => void;
}): JSX.Element {
  const { label, options, value, onChange } = props;
  return (
    <div role="group" aria-label={label} className="flex">
      {options.map(([option, title]) => (
        <button
          key={option}
          aria-pressed={option === value}
          className="button -ml-px rounded-none first:ml-0 first:rounded-l-md last:rounded-r-md aria-pressed:z-10"
          onClick={() => onChange(option)}
        >
          {title}
        </button>
      ))}
    </div>
  );
}
