// Writes frames as libobs/wire/live_frame_binary.cc does, for tests of what reads them.

export class Writer {
  readonly bytes: number[] = [];

  varint(value: number | bigint): this {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (;;) {
      const byte = Number(rest & 0x7fn);
      rest >>= 7n;
      this.bytes.push(rest === 0n ? byte : byte | 0x80);
      if (rest === 0n) return this;
    }
  }

  double(value: number): this {
    this.bytes.push(...new Uint8Array(new Float64Array([value]).buffer));
    return this;
  }

  field(number: number, value: number | bigint): this {
    return this.varint(number * 8).varint(value);
  }

  doubleField(number: number, value: number): this {
    return this.varint(number * 8 + 1).double(value);
  }

  inner(number: number, content: Writer | string): this {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content.bytes;
    this.varint(number * 8 + 2).varint(bytes.length);
    this.bytes.push(...bytes);
    return this;
  }

  done(): Uint8Array {
    return new Uint8Array(this.bytes);
  }
}

export const zigzag = (value: number): bigint => (BigInt(value) * 2n) ^ (BigInt(value) >> 63n);

export interface TestSeries {
  ref: number;
  name: string;
  service?: string;
  instance?: string;
  kind?: 1 | 2 | 3;
  labels?: Record<string, string>;
}

export interface TestHistogram {
  ref: number;
  timeUs: number;
  count?: number;
  sum?: number;
  statistics?: number[];
  buckets?: [number, number][];
}

export interface TestFrame {
  seq?: number;
  timeUs?: number;
  skipped?: number;
  history?: boolean;
  series?: TestSeries[];
  samples?: { ref: number; timeUs: number; value: number }[];
  histograms?: TestHistogram[];
  gone?: number[];
}

export const timeUs = 1_700_000_000_000_000;
export const timeMs = timeUs / 1000;

export function frameBytes(frame: TestFrame): Uint8Array {
  const out = new Writer().field(1, frame.seq ?? 1).field(2, frame.timeUs ?? timeUs);
  if (frame.skipped) out.field(3, frame.skipped);
  if (frame.history) out.field(4, 1);
  for (const { ref, name, service = "web", instance = "web-1", kind = 1, labels = {} } of frame.series ??
    []) {
    const series = new Writer()
      .field(1, ref)
      .inner(2, name)
      .inner(3, service)
      .inner(4, instance)
      .field(5, kind);
    for (const [label, value] of Object.entries(labels))
      series.inner(6, new Writer().inner(1, label).inner(2, value));
    out.inner(5, series);
  }
  const refs = new Writer();
  const deltas = new Writer();
  const values = new Writer();
  let before = frame.timeUs ?? timeUs;
  for (const sample of frame.samples ?? []) {
    refs.varint(sample.ref);
    deltas.varint(zigzag(sample.timeUs - before));
    values.double(sample.value);
    before = sample.timeUs;
  }
  if (refs.bytes.length > 0) out.inner(6, refs).inner(7, deltas).inner(8, values);
  for (const histogram of frame.histograms ?? []) out.inner(9, histogramBytes(histogram));
  if (frame.gone)
    out.inner(
      10,
      frame.gone.reduce((gone, ref) => gone.varint(ref), new Writer()),
    );
  return out.done();
}

function histogramBytes({
  ref,
  timeUs: time,
  count = 0,
  sum = 0,
  statistics,
  buckets = [],
}: TestHistogram): Writer {
  const out = new Writer().field(1, ref).field(2, time).field(3, count).doubleField(4, sum);
  if (statistics)
    out.inner(
      5,
      statistics.reduce((all, one) => all.double(one), new Writer()),
    );
  if (buckets.length > 0) {
    out.inner(
      6,
      buckets.reduce((all, [bound]) => all.double(bound), new Writer()),
    );
    out.inner(
      7,
      buckets.reduce((all, [, many]) => all.varint(many), new Writer()),
    );
  }
  return out;
}
