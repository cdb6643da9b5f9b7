import { describeLimits, levelOf, levelWords } from "../model/thresholds";

const colours = { good: "text-good", warn: "text-warn", bad: "text-bad", none: "text-dim" };
const bars = { good: "bg-good", warn: "bg-warn", bad: "bg-bad", none: "bg-line" };

/** One number that matters, coloured by threshold; the word says the same as the colour. */
export function StatCard(props: {
  what: string;
  title: string;
  value: number;
  text: string;
  /** False where the value's unit is not known, so that no threshold applies. */
  judged?: boolean;
}): JSX.Element {
  const { what, title, value, text, judged = true } = props;
  const level = judged ? levelOf(what, value) : "none";
  return (
    <div
      className="card relative overflow-hidden px-3 py-2 last:col-span-2 sm:last:col-span-1"
      title={judged ? describeLimits(what) : "no thresholds: the metric's name tells no unit"}
      data-card={what}
      data-level={level}
    >
      <i className={`absolute inset-y-0 left-0 w-1 ${bars[level]}`} aria-hidden="true" />
      <div className="flex items-baseline justify-between gap-2 text-xs text-dim">
        <span>{title}</span>
        <span className={colours[level]}>{levelWords[level]}</span>
      </div>
      <div className="mt-0.5 truncate text-xl font-semibold tabular-nums sm:text-2xl">{text}</div>
    </div>
  );
}
