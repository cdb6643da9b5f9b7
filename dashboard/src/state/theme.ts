// Light or dark: as the system has it, unless the person says otherwise.

import { useEffect, useState } from "react";
import { useView } from "./view";

export type ResolvedTheme = "light" | "dark";

const darkSystem = typeof matchMedia === "undefined" ? null : matchMedia("(prefers-color-scheme: dark)");

export function resolvedTheme(): ResolvedTheme {
  const { theme } = useView.getState();
  if (theme !== "system") return theme;
  return darkSystem?.matches === true ? "dark" : "light";
}

/** Keeps the page's theme up to date, and returns it. */
export function useTheme(): ResolvedTheme {
  const chosen = useView((view) => view.theme);
  const [theme, setTheme] = useState(resolvedTheme);
  useEffect(() => {
    const update = (): void => {
      const resolved = resolvedTheme();
      document.documentElement.dataset["theme"] = resolved;
      setTheme(resolved);
    };
    update();
    darkSystem?.addEventListener("change", update);
    return () => darkSystem?.removeEventListener("change", update);
  }, [chosen]);
  return theme;
}
