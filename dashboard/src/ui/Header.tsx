import { type Page, pages, useView } from "../state/view";
import { ConnectionState } from "./ConnectionState";
import { focusSearch } from "./keys";

const titles: Record<Page, string> = {
  overview: "Overview",
  nodes: "Nodes",
  explore: "Explore",
  system: "System",
};

export function Header(): JSX.Element {
  const { page, theme, set } = useView();
  const nextTheme = theme === "system" ? "light" : theme === "light" ? "dark" : "system";
  return (
    <header className="border-b border-line bg-card">
      <div className="mx-auto flex max-w-[1680px] flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2 sm:px-4">
        <a
          href="#/overview"
          className="flex items-center gap-2 font-semibold"
          aria-label="obs, to the overview"
        >
          <img src="/favicon.svg" alt="" className="size-6" />
          obs
        </a>
        <nav aria-label="Pages" className="order-last -mx-1 flex w-full sm:order-none sm:w-auto">
          {pages.map((one) => (
            <button
              key={one}
              aria-current={one === page ? "page" : undefined}
              className={`h-8 flex-1 rounded-md px-2.5 sm:flex-none ${
                one === page ? "bg-accent/10 font-medium text-accent" : "text-dim hover:text-ink"
              }`}
              onClick={() => set({ page: one })}
            >
              {titles[one]}
            </button>
          ))}
        </nav>
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <ConnectionState />
          <div className="hidden gap-2 sm:flex">
            <button className="button" onClick={focusSearch} title="Search metrics ( / )">
              Search
            </button>
            <button
              className="button"
              title={`Theme: ${theme}. Switch to ${nextTheme}.`}
              aria-label={`Theme: ${theme}. Switch to ${nextTheme}.`}
              onClick={() => set({ theme: nextTheme })}
            >
              {theme === "system" ? "Auto" : theme === "light" ? "Light" : "Dark"}
            </button>
            <button
              className="button w-8"
              title="Keyboard help ( ? )"
              onClick={() => set({ helpOpen: true })}
            >
              ?
            </button>
          </div>
        </div>
      </div>
    </header>
  );
}
