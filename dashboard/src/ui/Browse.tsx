import { selectorOf } from "../model/selector";
import { useLive } from "../state/live";
import { useView } from "../state/view";

const maxListed = 300;

/** Every metric there is, to begin with. */
export function Browse(): JSX.Element {
  const metrics = useLive((live) => live.metrics);
  const set = useView((view) => view.set);
  const listed = metrics.slice(0, maxListed);
  return (
    <section className="card px-3 py-2" aria-label="All metrics">
      <p className="pb-2 text-dim">
        Type a name, or a selector such as <code>*&#123;service="demo"&#125;</code>; or begin with one of{" "}
        {metrics.length > maxListed ? `these ${maxListed} of ${metrics.length} metrics` : "these"}:
      </p>
      <ul className="gap-x-6 sm:columns-2 xl:columns-3">
        {listed.map(({ name, kind, series }) => (
          <li key={`${kind} ${name}`}>
            <button
              className="flex w-full items-baseline gap-3 rounded px-1 py-0.5 text-left hover:bg-page"
              onClick={() => set({ query: selectorOf(name) })}
            >
              <span className="min-w-0 truncate font-mono text-xs" title={name}>
                {name}
              </span>
              <span className="ml-auto shrink-0 text-xs text-dim">
                {kind}, {series} series
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
