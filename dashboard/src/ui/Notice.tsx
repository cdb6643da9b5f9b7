import type { ReactNode } from "react";

/** A page that stands in for the charts and says what to do. */
export function Notice({ title, children }: { title: string; children: ReactNode }): JSX.Element {
  return (
    <section className="card mx-auto mt-10 max-w-xl p-6 sm:mt-20 sm:p-8" aria-live="polite">
      <h1 className="text-lg font-semibold">{title}</h1>
      <div className="mt-3 space-y-3 text-dim">{children}</div>
    </section>
  );
}

export function Command({ children }: { children: string }): JSX.Element {
  return (
    <pre className="overflow-x-auto rounded-md border border-line bg-page px-3 py-2 font-mono text-xs text-ink">
      {children}
    </pre>
  );
}
