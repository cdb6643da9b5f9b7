/** Calls `changed` when the element gets another size; not for the first one. Returns what stops that. */
export function watchSize(
  element: HTMLElement,
  changed: (width: number, height: number) => void,
): () => void {
  let last = "";
  const observer = new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = element;
    const size = `${width}x${height}`;
    if (size === last || width === 0) return;
    last = size;
    changed(width, height);
  });
  observer.observe(element);
  return () => observer.disconnect();
}
