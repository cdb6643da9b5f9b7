import { formatCount, formatDuration, formatMoment, formatValue, missing } from "../model/format";
import { useLive } from "../state/live";
import { growthOf, useStatus } from "../state/status";
import { useStill } from "../state/still";
import { PauseButton } from "../ui/PauseButton";
import { nodeRows, type NodeRow } from "./node_rows";

const stateLooks = { live: "text-good", stale: "text-warn", gone: "text-bad" };

/** Every service and instance, and what became of what it sent. */
export function Nodes(): JSX.Element {
  const { status, before } = useStatus();
  const nodes = useStill(useLive((live) => live.nodes));
  const serverMs = useStill(useLive((live) => live.serverMs));
  const now = Number.isNaN(serverMs) ? (status?.time ?? NaN) : serverMs;
  const rows = nodeRows(status, nodes, now);
  const shown = rows.slice(0, maxRows);
  return (
    <section className="card">
      <div className="flex items-center justify-between gap-2 px-3 py-2">
        <h1 id="nodes-title" className="text-sm font-semibold">
          {rows.length} {rows.length === 1 ? "node" : "nodes"}
          {rows.length > maxRows && `, the first ${maxRows} of which are shown`}
        </h1>
        <PauseButton />
      </div>
      <div className="overflow-x-auto">
        <table className="table" aria-labelledby="nodes-title">
          <thead>
            <tr>
              <th>Service</th>
              <th>Instance</th>
              <th>State</th>
              <th className="number">Samples/s</th>
              <th className="number">Latency to here</th>
              <th className="number">Series</th>
              <th>First seen</th>
              <th>Last seen</th>
              <th className="number">Sent</th>
              <th className="number">Accepted</th>
              <th className="number">Duplicate</th>
              <th className="number">Rejected</th>
              <th className="number">Dropped</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row key={row.key} row={row} now={now} rate={growthOf(status, before, row.acceptedOf)} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const maxRows = 200;

function Row({ row, now, rate }: { row: NodeRow; now: number; rate: number }): JSX.Element {
  const silentSeconds = Math.max(0, (now - row.lastSeenMs) / 1000);
  const words = { live: "live", stale: `stale for ${formatDuration(silentSeconds)}`, gone: "gone" }[
    row.state
  ];
  return (
    <tr data-node={row.service}>
      <td className="max-w-[16rem] truncate font-medium" title={row.service}>
        {row.service}
      </td>
      <td className="max-w-[16rem] truncate" title={row.instance}>
        {row.instance}
      </td>
      <td className={stateLooks[row.state]} title={`Last heard of ${formatDuration(silentSeconds)} ago`}>
        {words}
      </td>
      <td className="number">{Number.isNaN(rate) ? missing : formatCount(Math.round(rate))}</td>
      <td className="number" title="From a sample's own time to this page, at best">
        {formatValue(row.lagMs / 1000, "seconds")}
      </td>
      <td className="number">{row.series}</td>
      <td>{formatMoment(row.firstSeenMs, now)}</td>
      <td>{formatMoment(row.lastSeenMs, now)}</td>
      <td className="number">{row.ledger === null ? missing : formatCount(row.ledger.sent)}</td>
      <td className="number">{row.ledger === null ? missing : formatCount(row.ledger.accepted)}</td>
      <td className="number">{row.ledger === null ? missing : formatCount(row.ledger.duplicate)}</td>
      <td className="number">
        <Reasons counts={row.ledger?.rejected} />
      </td>
      <td className="number">
        <Reasons counts={row.ledger?.dropped} />
      </td>
    </tr>
  );
}

export function Reasons({ counts }: { counts: Readonly<Record<string, number>> | undefined }): JSX.Element {
  const entries = Object.entries(counts ?? {}).filter(([, count]) => count > 0);
  if (entries.length === 0) return <span className="text-dim">0</span>;
  return (
    <span className="text-warn">
      {entries.map(([reason, count]) => `${formatCount(count)} ${reason.replaceAll("_", " ")}`).join(", ")}
    </span>
  );
}
