import { useEffect, useState } from "react";
import { session } from "../state/session";
import { useLive } from "../state/live";

/** "Trying again in 3 s", and a button for the impatient. */
export function Countdown(): JSX.Element {
  const connection = useLive((live) => live.connection);
  const [nowMs, setNowMs] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const waiting = connection.phase === "waiting";
  const seconds = waiting ? Math.max(0, Math.ceil((connection.untilMs - nowMs) / 1000)) : 0;
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <span role="timer" className="tabular-nums">
        {waiting ? `Trying again in ${seconds} s` : "Connecting …"}
      </span>
      <button className="button" disabled={!waiting} onClick={() => session.retryNow()}>
        Try now
      </button>
    </span>
  );
}
