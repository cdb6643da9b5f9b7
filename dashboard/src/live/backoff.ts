// How long to wait before connecting again: twice as long each time, up to a limit, and jittered, so that many
// pages that lost one server do not come back all at once.

const firstMs = 500;
const limitMs = 15_000;

export class Backoff {
  private attempts = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** Between a half and the whole of the step's length. */
  nextMs(): number {
    const step = Math.min(limitMs, firstMs * 2 ** this.attempts++);
    return step * (0.5 + 0.5 * this.random());
  }

  reset(): void {
    this.attempts = 0;
  }
}
