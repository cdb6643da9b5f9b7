import { formatClock, formatDuration } from "../model/format";
import { session } from "../state/session";
import { useLive } from "../state/live";
import { useView, windows } from "../state/view";
import { PauseButton } from "./PauseButton";

const windowNames: Record<number, string> = {
  10: "10 s",
  30: "30 s",
  60: "1 min",
  300: "5 min",
  900: "15 min",
};

/** Which service, how long a window, and live or paused with a slider to scrub. */
export function TimeBar({ withService }: { withService: boolean }): JSX.Element {
  const { service, windowSeconds, pausedAt, set } = useView();
  const services = useLive((live) => live.services);
  return (
    <div className="flex flex-wrap items-center gap-2">
      {withService && (
        <>
          <label className="sr-only" htmlFor="service">
            Service
          </label>
          <select
            id="service"
            className="field max-w-[14rem]"
            value={service}
            onChange={(event) => set({ service: event.target.value })}
          >
            <option value="">All services</option>
            {service !== "" && !services.includes(service) && <option value={service}>{service}</option>}
            {services.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </>
      )}
      <div role="group" aria-label="Time window" className="order-last flex sm:order-none">
        {windows.map((seconds) => (
          <button
            key={seconds}
            aria-pressed={seconds === windowSeconds}
            className="button -ml-px rounded-none first:ml-0 first:rounded-l-md last:rounded-r-md aria-pressed:z-10"
            onClick={() => set({ windowSeconds: seconds })}
          >
            {windowNames[seconds]}
          </button>
        ))}
      </div>
      <PauseButton />
      {pausedAt !== null && <Scrubber pausedAt={pausedAt} />}
    </div>
  );
}

function Scrubber({ pausedAt }: { pausedAt: number }): JSX.Element {
  const { windowSeconds, set } = useView();
  const serverMs = useLive((live) => live.serverMs);
  const edge = Number.isNaN(serverMs) ? session.liveEdge() : serverMs;
  const behind = Math.max(0, (edge - pausedAt) / 1000);
  const reach = Math.max(behind, 900 - windowSeconds, 1);
  return (
    <div className="flex min-w-[16rem] flex-1 items-center gap-2 text-xs tabular-nums text-dim">
      <input
        type="range"
        className="min-w-0 max-w-md flex-1 accent-[rgb(var(--accent))]"
        aria-label="Scrub back in time"
        aria-valuetext={`${formatDuration(behind)} ago`}
        min={-reach}
        max={0}
        step={0.1}
        value={-behind}
        onChange={(event) => set({ pausedAt: edge + Number(event.target.value) * 1000 })}
      />
      <span className="whitespace-nowrap" data-testid="paused-at">
        {formatClock(pausedAt)}, {formatDuration(behind)} ago
      </span>
    </div>
  );
}
