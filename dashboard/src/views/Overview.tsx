import { useMemo } from "react";
import { formatValue } from "../model/format";
import { session } from "../state/session";
import { useLive } from "../state/live";
import { useView } from "../state/view";
import { ChartCard, Vacant } from "../ui/ChartCard";
import { LeftOut } from "../ui/LeftOut";
import { MetricMenu } from "../ui/MetricMenu";
import { StatCard } from "../ui/StatCard";
import { TimeBar } from "../ui/TimeBar";
import { TimeChartView } from "../ui/TimeChartView";
import { HistogramView } from "./HistogramView";
import { overviewPlots, type OverviewPlots, valuesAt } from "./overview_plots";
import { Pinned } from "./Pinned";

const height = "h-52 xl:h-56";

export function Overview(): JSX.Element {
  const service = useView((view) => view.service);
  const picked = useView((view) => view.picked);
  const pins = useView((view) => view.pins);
  const metrics = useLive((live) => live.metrics);
  const storeTag = useLive((live) => live.storeTag);
  const plots = useMemo(
    () => overviewPlots(session.feed.store, { service, picked }, metrics),
    // The store is not React's: its tag tells when it has changed.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [service, picked, metrics, storeTag],
  );
  const { notes } = plots;
  return (
    <div className="space-y-3">
      <TimeBar withService />
      <Cards plots={plots} />
      <LeftOut advice="Charts are of the first instances only: pick a service." />
      <div className="grid gap-3 lg:grid-cols-2">
        <ChartCard title="Latency" note={notes.latency} menu={<MetricMenu chart="latency" role="latency" />}>
          {notes.latency === "" ? (
            <Nothing what="histogram named latency, duration or time" />
          ) : (
            <TimeChartView title="Latency" plot={plots.latency} height={height} />
          )}
        </ChartCard>
        <ChartCard
          title="Throughput"
          note={notes.throughput}
          menu={<MetricMenu chart="throughput" role="throughput" />}
        >
          {notes.throughput === "" ? (
            <Nothing what="counter named …requests_total, or gauge rps" />
          ) : (
            <TimeChartView title="Throughput" plot={plots.throughput} height={height} />
          )}
        </ChartCard>
        <ChartCard title="Error rate" note={notes.errors} menu={<MetricMenu chart="errors" role="errors" />}>
          {notes.errors === "" ? (
            <Nothing what="error counter, status label, or gauge error_rate" />
          ) : (
            <TimeChartView title="Error rate" plot={plots.errors} height={height} />
          )}
        </ChartCard>
        <ChartCard
          title="Histogram"
          note={notes.histogram}
          menu={<MetricMenu chart="histogram" role="latency" filter={({ kind }) => kind === "histogram"} />}
        >
          {plots.histograms.length === 0 ? (
            <Nothing what="histogram" />
          ) : (
            <HistogramView histograms={plots.histograms} height={height} />
          )}
        </ChartCard>
      </div>
      {pins.length > 0 && <Pinned />}
    </div>
  );
}

function Nothing({ what }: { what: string }): JSX.Element {
  return (
    <Vacant height={height}>
      <p>No {what} is being sent.</p>
      <p className="mt-1 text-xs">The menu above picks another metric.</p>
    </Vacant>
  );
}

function Cards({ plots }: { plots: OverviewPlots }): JSX.Element {
  useLive((live) => live.serverMs); // four times a second
  const pausedAt = useView((view) => view.pausedAt);
  const time = pausedAt ?? session.liveEdge();
  const [p50 = NaN, , p99 = NaN] = valuesAt(plots.latency, time);
  const rates = valuesAt(plots.throughput, time).filter((value) => !Number.isNaN(value));
  const throughput = rates.length === 0 ? NaN : rates.reduce((total, value) => total + value, 0);
  const [errors = NaN] = valuesAt(plots.errorShare, time);
  const [inflight = NaN] = valuesAt(plots.inflight, time);
  const { unit } = plots.latency;
  const inSeconds = unit === "seconds";
  return (
    <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
      <StatCard what="p50" title="Latency p50" value={p50} text={formatValue(p50, unit)} judged={inSeconds} />
      <StatCard what="p99" title="Latency p99" value={p99} text={formatValue(p99, unit)} judged={inSeconds} />
      <StatCard
        what="throughput"
        title="Throughput"
        value={throughput}
        text={formatValue(throughput, "plain", true)}
      />
      <StatCard what="errors" title="Error rate" value={errors} text={formatValue(errors, "percent")} />
      <StatCard
        what="inflight"
        title="In flight"
        value={inflight}
        text={formatValue(Math.round(inflight), "plain")}
      />
    </div>
  );
}
