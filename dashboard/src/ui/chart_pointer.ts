// Reading a chart with the pointer or the arrow keys: all charts show the values of the same instant.

import { pointAt, readAt, stopReading } from "../draw/cursor";
import { reading } from "../draw/words";
import type { Plot } from "../model/plot";
import { session } from "../state/session";
import { useView } from "../state/view";

interface Area {
  readonly left: number;
  readonly width: number;
}

export function pointerReads(element: HTMLElement, area: () => Area): () => void {
  const move = (event: PointerEvent): void => {
    const { left, width } = area();
    const share = (event.clientX - element.getBoundingClientRect().left - left) / width;
    if (share >= 0 && share <= 1) pointAt(share);
    else stopReading();
  };
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerleave", stopReading);
  return () => {
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerleave", stopReading);
  };
}

const keySteps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };
const stepsPerWindow = 60;

/** Handles arrow keys on a focused chart, and says what stands there. */
export function keysRead(element: HTMLElement, plot: () => Plot, say: (text: string) => void): () => void {
  let time: number | null = null;
  const onKey = (event: KeyboardEvent): void => {
    const { windowSeconds, pausedAt } = useView.getState();
    const to = pausedAt ?? session.liveEdge();
    const span = windowSeconds * 1000;
    const steps = keySteps[event.key];
    if (steps !== undefined)
      time = (time === null || time < to - span ? to : time) + (steps * span) / stepsPerWindow;
    else if (event.key === "Home") time = to - span;
    else if (event.key === "End") time = to;
    else return;
    event.preventDefault();
    event.stopPropagation();
    time = Math.min(to, Math.max(to - span + span * 1e-3, time));
    readAt(time);
    say(reading(plot(), time, span / 300));
  };
  const onBlur = (): void => {
    time = null;
    stopReading();
  };
  element.addEventListener("keydown", onKey);
  element.addEventListener("blur", onBlur);
  return () => {
    element.removeEventListener("keydown", onKey);
    element.removeEventListener("blur", onBlur);
  };
}
