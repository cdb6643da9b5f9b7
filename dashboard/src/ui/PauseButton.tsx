import { useView } from "../state/view";
import { togglePause } from "./keys";

/** Stops whatever moves on the page, and lets it go on. */
export function PauseButton(): JSX.Element {
  const paused = useView((view) => view.pausedAt !== null);
  return (
    <button className="button min-w-[5.5rem]" aria-pressed={paused} onClick={togglePause}>
      <span aria-hidden="true">{paused ? "▶" : "❚❚"}</span>
      {paused ? "Resume" : "Pause"}
    </button>
  );
}
