import { useLive } from "../state/live";

/** What is not on show because it is too much. */
export function LeftOut({ advice }: { advice: string }): JSX.Element | null {
  const matched = useLive((live) => live.matched);
  const asked = useLive((live) => live.asked);
  if (asked >= matched) return null;
  return (
    <p className="card border-warn/60 px-3 py-2 text-xs" role="status" data-testid="left-out">
      {matched.toLocaleString("en")} series match, which is more than a page can hold: the first {asked} are
      shown and {(matched - asked).toLocaleString("en")} are left out. {advice}
    </p>
  );
}
