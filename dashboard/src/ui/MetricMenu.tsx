import { type Metric, type Role, suits } from "../model/conventions";
import { useLive } from "../state/live";
import { type ChartName, useView } from "../state/view";

const maxOffered = 500;

/** Which metric a chart shows: by convention, or the one picked here. */
export function MetricMenu(props: {
  chart: ChartName;
  role: Role;
  filter?: (metric: Metric) => boolean;
}): JSX.Element {
  const { chart, role, filter } = props;
  const metrics = useLive((live) => live.metrics);
  const picked = useView((view) => view.picked);
  const set = useView((view) => view.set);
  const current = picked[chart] ?? "";
  const offered = metrics
    .filter((metric) => suits(metric, role) && (filter?.(metric) ?? true))
    .slice(0, maxOffered);
  const known = current === "" || offered.some(({ name }) => name === current);
  return (
    <select
      aria-label={`Metric of the chart ${chart}`}
      className="h-7 max-w-[8rem] [field-sizing:content] sm:max-w-[11rem] rounded border border-transparent bg-transparent text-xs text-dim hover:border-line"
      value={current}
      onChange={(event) => set({ picked: { ...picked, [chart]: event.target.value } })}
    >
      <option value="">Automatic</option>
      {!known && <option value={current}>{current}</option>}
      {offered.map(({ name, kind }) => (
        <option key={`${kind} ${name}`} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
