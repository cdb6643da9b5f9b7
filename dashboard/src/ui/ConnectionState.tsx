import { useLive } from "../state/live";
import { formatDuration, missing } from "../model/format";

/** Always in sight: whether data comes, how much, how old it is, and what was lost. */
export function ConnectionState(): JSX.Element {
  const { connection, framesPerSecond, ageMs, skipped, malformed } = useLive();
  const { phase } = connection;
  const open = phase === "open";
  const words = { connecting: "connecting", open: "live", waiting: "disconnected", denied: "no access" }[
    phase
  ];
  const colour = open ? "bg-good" : phase === "connecting" ? "bg-warn" : "bg-bad";
  return (
    <div
      className="flex flex-wrap items-center gap-x-3 whitespace-nowrap text-xs tabular-nums text-dim"
      data-testid="connection"
      data-phase={phase}
    >
      <span className="inline-flex items-center gap-1.5 font-medium text-ink" role="status">
        <i className={`size-2 rounded-full ${colour}`} aria-hidden="true" />
        {words}
      </span>
      <span title="Frames received in a second" className="min-w-[5.6em] text-right">
        <b className="font-medium text-ink">{open ? framesPerSecond.toFixed(0) : missing}</b> frames/s
      </span>
      <span title="From the newest sample's own time to now" className="min-w-[5.6em] text-right">
        <b className="font-medium text-ink">{formatAge(open ? ageMs : NaN)}</b> old
      </span>
      <span title="Frames that this page was too slow for; their newest values came with the next one">
        <b className={`font-medium ${skipped > 0 ? "text-warn" : "text-ink"}`}>{skipped}</b> skipped
      </span>
      {malformed > 0 && (
        <span title="Frames that were no frames, and were left out" data-testid="malformed">
          <b className="font-medium text-bad">{malformed}</b> malformed
        </span>
      )}
    </div>
  );
}

function formatAge(ms: number): string {
  if (!Number.isFinite(ms)) return missing;
  return ms < 10_000 ? `${Math.max(0, ms).toFixed(0)} ms` : formatDuration(ms / 1000);
}
