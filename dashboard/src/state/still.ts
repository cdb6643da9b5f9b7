// What moves by itself can be stopped: while the page is paused, its numbers stand still too.

import { useRef } from "react";
import { useView } from "./view";

/** The value as it was when the page was paused, for as long as it is. */
export function useStill<T>(value: T): T {
  const paused = useView((view) => view.pausedAt !== null);
  const last = useRef(value);
  if (!paused) last.current = value;
  return last.current;
}
