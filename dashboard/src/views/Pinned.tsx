import { useMemo } from "react";
import { overlayPlot } from "../model/plot";
import { parseSelector, SelectorError } from "../model/selector";
import { session } from "../state/session";
import { useLive } from "../state/live";
import { useView } from "../state/view";
import { ChartCard, Vacant } from "../ui/ChartCard";
import { TimeChartView } from "../ui/TimeChartView";

const maxPinnedLines = 16;
const height = "h-44";

/** What was pinned in Explore, below the Overview's own charts. */
export function Pinned(): JSX.Element {
  const { pins, set } = useView();
  return (
    <div className="grid gap-3 lg:grid-cols-2 2xl:grid-cols-3">
      {pins.map((pin) => (
        <PinnedChart
          key={pin}
          selector={pin}
          onUnpin={() => set({ pins: pins.filter((one) => one !== pin) })}
        />
      ))}
    </div>
  );
}

function PinnedChart({ selector, onUnpin }: { selector: string; onUnpin: () => void }): JSX.Element {
  const storeTag = useLive((live) => live.storeTag);
  const histogramView = useView((view) => view.histogramView);
  const { plot, matched, problem } = useMemo(() => {
    try {
      const test = parseSelector(selector);
      const found = [...session.feed.store.series()].filter(({ identity }) => test(identity));
      return {
        plot: overlayPlot(found.slice(0, maxPinnedLines), histogramView),
        matched: found.length,
        problem: "",
      };
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      return { plot: overlayPlot([], histogramView), matched: 0, problem: error.message };
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selector, histogramView, storeTag]);
  const note = matched > maxPinnedLines ? `${maxPinnedLines} of ${matched} series` : "";
  return (
    <ChartCard
      title={selector}
      note={note}
      menu={
        <button className="button h-7" onClick={onUnpin} aria-label={`Unpin ${selector}`}>
          Unpin
        </button>
      }
    >
      {matched === 0 ? (
        <Vacant height={height}>{problem === "" ? "No series matches." : problem}</Vacant>
      ) : (
        <TimeChartView title={selector} plot={plot} height={height} />
      )}
    </ChartCard>
  );
}
