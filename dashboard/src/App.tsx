import { useEffect } from "react";
import { useLive } from "./state/live";
import { useTheme } from "./state/theme";
import { type Page, useView } from "./state/view";
import { Countdown } from "./ui/Countdown";
import { Header } from "./ui/Header";
import { Help } from "./ui/Help";
import { KeyPage } from "./ui/KeyPage";
import { onKey } from "./ui/keys";
import { NoData } from "./ui/NoData";
import { Notice } from "./ui/Notice";
import { Explore } from "./views/Explore";
import { Nodes } from "./views/Nodes";
import { Overview } from "./views/Overview";
import { System } from "./views/System";

const views: Record<Page, () => JSX.Element> = {
  overview: Overview,
  nodes: Nodes,
  explore: Explore,
  system: System,
};

export function App(): JSX.Element {
  useTheme();
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <Header />
      <main className="mx-auto max-w-[1680px] p-3 sm:px-4">
        <Main />
      </main>
      <Help />
    </>
  );
}

function Main(): JSX.Element {
  const page = useView((view) => view.page);
  const connection = useLive((live) => live.connection);
  const everConnected = useLive((live) => live.everConnected);
  const empty = useLive((live) => live.catalogued && live.seriesCount === 0);
  if (connection.phase === "denied") return <KeyPage />;
  if (!everConnected) {
    if (connection.phase === "connecting") return <p className="mt-24 text-center text-dim">Connecting …</p>;
    return (
      <Notice title="The aggregator cannot be reached">
        <p>
          Nobody answers at {location.host}. It may be stopped or restarting; this page comes back by itself.
        </p>
        <Countdown />
      </Notice>
    );
  }
  const View = views[page];
  const live = connection.phase === "open" || connection.phase === "connecting";
  return (
    <>
      {!live && (
        <div
          className="card mb-3 flex flex-wrap items-center gap-3 border-bad/60 px-3 py-2"
          role="alert"
          data-testid="gone"
        >
          <span className="font-medium">The aggregator is gone.</span>
          <span className="text-dim">Charts show what came last.</span>
          <Countdown />
        </div>
      )}
      {empty && page !== "system" && page !== "nodes" ? <NoData /> : <View />}
    </>
  );
}
