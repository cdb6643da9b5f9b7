import type { ReactNode } from "react";

export function ChartCard(props: {
  title: string;
  note?: string;
  menu?: ReactNode;
  children: ReactNode;
  className?: string;
}): JSX.Element {
  const { title, note = "", menu, children, className = "" } = props;
  return (
    <section className={`card flex min-w-0 flex-col pb-1 pt-2 ${className}`}>
      <div className="flex min-h-8 items-center gap-2 px-3">
        <h2 className="min-w-0 truncate text-sm font-semibold" title={title}>
          {title}
        </h2>
        <span className="hidden min-w-0 shrink-[3] truncate text-xs text-dim sm:inline" title={note}>
          {note}
        </span>
        <div className="ml-auto flex shrink-0 items-center gap-1">{menu}</div>
      </div>
      {children}
    </section>
  );
}

/** In place of a chart that has nothing to show. */
export function Vacant({ height, children }: { height: string; children: ReactNode }): JSX.Element {
  return (
    <div className={`mt-6 flex ${height} flex-col items-center justify-center px-6 text-center text-dim`}>
      {children}
    </div>
  );
}
