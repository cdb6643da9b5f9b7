import { formatBytes, formatCount, formatDuration, formatValue } from "../model/format";
import type { Status } from "../live/api";
import { growthOf, type StatusView, useStatus } from "../state/status";
import { PauseButton } from "../ui/PauseButton";
import { Reasons } from "./Nodes";

/** How the aggregator itself is doing. */
export function System(): JSX.Element {
  const view = useStatus();
  const { status } = view;
  if (status === null) return <p className="p-8 text-center text-dim">Asking the aggregator …</p>;
  return (
    <div className="space-y-3">
      <div className="flex items-center justify-between gap-2">
        <h1 className="font-semibold">The aggregator itself</h1>
        <PauseButton />
      </div>
      <div className="grid grid-cols-2 gap-3 md:grid-cols-4">
        {figures(view, status).map(([title, value, note]) => (
          <div key={title} className="card px-3 py-2" data-figure={title}>
            <div className="text-xs text-dim">{title}</div>
            <div className="mt-0.5 text-xl font-semibold tabular-nums">{value}</div>
            <div className="text-xs text-dim">{note}</div>
          </div>
        ))}
      </div>
      <div className="grid items-start gap-3 lg:grid-cols-2">
        <Ledger status={status} />
        <Buffers status={status} />
      </div>
    </div>
  );
}

function figures(view: StatusView, status: Status): [string, string, string][] {
  const { live, store, process, ingest, ledger } = status;
  const rate = (count: (status: Status) => number): number => growthOf(status, view.before, count);
  const whole = (value: number): number => Math.round(value);
  const streams = ingest["open_streams"] ?? 0;
  return [
    [
      "Ingest",
      formatValue(whole(rate((s) => s.ledger.accepted)), "plain", true),
      `samples, over ${streams} streams`,
    ],
    [
      "Received",
      formatValue(
        rate((s) => s.ingest["bytes"] ?? 0),
        "bytes",
        true,
      ),
      `${formatCount(ledger.batches)} batches so far`,
    ],
    ["Watchers", formatCount(live.watchers), "this page is two of them"],
    [
      "Frames",
      formatValue(whole(rate((s) => s.live.frames_sent)), "plain", true),
      `${formatCount(live.frames_skipped)} skipped for slow watchers`,
    ],
    ["Series", formatCount(store.series), `${formatCount(store.expired_series)} expired`],
    ["Memory", formatBytes(process.resident_bytes), `${formatBytes(store.memory_bytes)} of it for series`],
    [
      "Processor",
      formatValue(rate((s) => s.process.cpu_seconds) * 100, "percent"),
      `of one core; ticks late by ${formatValue(live.tick_lateness_p99_ms / 1000, "seconds")} (p99)`,
    ],
    ["Up for", formatDuration(status.uptime_seconds), `version ${status.version}`],
  ];
}

function Ledger({ status }: { status: Status }): JSX.Element {
  const { ledger, store } = status;
  const rows: [string, JSX.Element | string][] = [
    ["Sent", formatCount(ledger.sent)],
    ["Accepted", formatCount(ledger.accepted)],
    ["Duplicate", formatCount(ledger.duplicate)],
    ["Rejected", <Reasons key="rejected" counts={ledger.rejected} />],
    ["Dropped", <Reasons key="dropped" counts={ledger.dropped} />],
    ["Difference", formatCount(ledger.difference)],
  ];
  return (
    <section className="card overflow-x-auto" aria-label="Ledger">
      <h2 className="px-3 py-2 text-sm font-semibold">Ledger</h2>
      <table className="table">
        <tbody>
          {rows.map(([title, value]) => (
            <tr key={title}>
              <td className="text-dim">{title}</td>
              <td className="number whitespace-normal">{value}</td>
            </tr>
          ))}
          {store.refused.map(({ metric, reason, count }) => (
            <tr key={`${metric} ${reason}`}>
              <td className="max-w-[20rem] truncate text-dim" title={metric}>
                Refused: {metric}
              </td>
              <td className="number text-warn">
                {formatCount(count)} {reason.replaceAll("_", " ")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const maxBuffers = 40;

function Buffers({ status }: { status: Status }): JSX.Element {
  const fullest = [...status.buffers].sort(
    (a, b) => b.size / b.capacity - a.size / a.capacity || b.written - a.written,
  );
  const shown = fullest.slice(0, maxBuffers);
  return (
    <section className="card overflow-x-auto" aria-label="Buffers">
      <h2 className="px-3 py-2 text-sm font-semibold">
        Buffers
        {fullest.length > maxBuffers && (
          <span className="font-normal text-dim">
            {" "}
            the fullest {maxBuffers} of {fullest.length}
          </span>
        )}
      </h2>
      <table className="table">
        <thead>
          <tr>
            <th>Metric</th>
            <th>Fill</th>
            <th className="number">Samples</th>
            <th className="number">Written</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ metric, size, capacity, written }) => (
            <tr key={metric}>
              <td className="max-w-[18rem] truncate" title={metric}>
                {metric}
              </td>
              <td className="w-1/4">
                <progress className="fill" max={capacity} value={size} aria-label={`Fill of ${metric}`} />
              </td>
              <td className="number">
                {formatCount(size)} <span className="text-dim">of {formatCount(capacity)}</span>
              </td>
              <td className="number">{formatCount(written)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
