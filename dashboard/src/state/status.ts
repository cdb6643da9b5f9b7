// /api/v1/status, asked again every second while somebody looks at it and has not paused the page.

import { useEffect, useState } from "react";
import { fetchStatus, type Status } from "../live/api";
import { session } from "./session";
import { useView } from "./view";

const intervalMs = 1000;

export interface StatusView {
  readonly status: Status | null;
  /** The one before, for rates. */
  readonly before: Status | null;
}

export function useStatus(): StatusView {
  const [view, setView] = useState<StatusView>({ status: null, before: null });
  useEffect(() => {
    let stopped = false;
    let answers = 0; // a page that was paused before still shows something: rates take two
    let timer: ReturnType<typeof setTimeout>;
    const ask = async (): Promise<void> => {
      const still = useView.getState().pausedAt !== null && answers >= 2;
      if (!document.hidden && !still) {
        const answer = await fetchStatus(session.key);
        if (stopped) return;
        if ("ok" in answer) {
          answers++;
          setView(({ status }) => ({ status: answer.ok, before: status }));
        }
      }
      timer = setTimeout(() => void ask(), intervalMs);
    };
    void ask();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, []);
  return view;
}

/** Growth a second of a count between two answers; NaN until there are two. */
export function growthOf(
  status: Status | null,
  before: Status | null,
  count: (status: Status) => number,
): number {
  if (status === null || before === null) return NaN;
  const seconds = (status.time - before.time) / 1000;
  return seconds > 0 ? Math.max(0, count(status) - count(before)) / seconds : NaN;
}
