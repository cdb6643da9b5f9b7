// The aggregator's time of day, told from its frames: the page's charts end at *its* now, however wrong this
// machine's clock is.
//
// A frame is late by what it spent on its way, never early; so of the last frames the one with the largest
// lead over the local clock is nearest to the truth. The estimate moves smoothly, so charts do not jump.

const memory = 120; // frames

export class ServerClock {
  private readonly leads = new Float64Array(memory);
  private seen = 0;
  private lead = NaN;

  /** A frame that the server made at `serverMs` came at `localMs`, a monotonic time. */
  observe(serverMs: number, localMs: number): void {
    this.leads[this.seen++ % memory] = serverMs - localMs;
    let best = -Infinity;
    for (let i = 0; i < Math.min(this.seen, memory); ++i) best = Math.max(best, this.leads[i]!);
    const step = best - this.lead;
    if (Number.isNaN(this.lead) || Math.abs(step) > 1000) this.lead = best;
    else this.lead += step * 0.1;
  }

  reset(): void {
    this.seen = 0;
    this.lead = NaN;
  }

  get known(): boolean {
    return !Number.isNaN(this.lead);
  }

  now(localMs: number): number {
    return localMs + this.lead;
  }
}
