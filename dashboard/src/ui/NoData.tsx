import { useStatus } from "../state/status";
import { Command, Notice } from "./Notice";

/** Shown until the first series arrives, with what would send one. */
export function NoData(): JSX.Element {
  const { status } = useStatus();
  const port = status?.ports?.grpc ?? 9000;
  const address = `${location.hostname}:${port}`;
  const elsewhere =
    address === "localhost:9000" || address === "127.0.0.1:9000" ? "" : `AGGREGATOR_ADDR=${address} `;
  return (
    <Notice title="No data yet">
      <p>The aggregator is running and nothing has been sent to it. A simulated service sends plenty:</p>
      <Command>{`${elsewhere}obs-agent --demo`}</Command>
      <p>This machine measures itself with</p>
      <Command>{`${elsewhere}obs-agent`}</Command>
      <p>and one value is sent with</p>
      <Command>{`${elsewhere}obs-send gauge queue_depth 12`}</Command>
      <p>Charts appear here by themselves.</p>
    </Notice>
  );
}
