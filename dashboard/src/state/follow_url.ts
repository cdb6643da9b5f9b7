// Keeps the URL and the view the same.

import { viewFromHash, viewToHash } from "./url";
import { useView } from "./view";

export function followUrl(): void {
  const { set } = useView.getState();
  set(viewFromHash(location.hash));
  // A change of the page is a step that the browser's back button undoes; anything else only a correction.
  useView.subscribe((view, before) => {
    const hash = viewToHash(view);
    if (hash === location.hash) return;
    if (view.page !== before.page) history.pushState(null, "", hash);
    else history.replaceState(null, "", hash);
  });
  addEventListener("popstate", () => set(viewFromHash(location.hash)));
}
