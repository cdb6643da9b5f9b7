// The instant that is being read, the same on all charts: where the pointer is, as a share of the window, so
// that it stays under the pointer while the charts move; or a moment chosen by keyboard, which moves with them.

type Cursor = { readonly share: number } | { readonly time: number } | null;

let cursor: Cursor = null;

export function pointAt(share: number): void {
  cursor = { share };
}

export function readAt(time: number): void {
  cursor = { time };
}

export function stopReading(): void {
  cursor = null;
}

export function cursorTime(from: number, to: number): number | null {
  if (cursor === null) return null;
  const time = "share" in cursor ? from + cursor.share * (to - from) : cursor.time;
  if (time < from || time > to) {
    cursor = null; // it has scrolled out
    return null;
  }
  return time;
}
