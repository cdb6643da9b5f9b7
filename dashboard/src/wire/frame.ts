// Decodes telemetry.LiveFrame (proto/telemetry.proto), the binary frames of /ws?format=binary.
//
// A frame is decoded whole before anything of it is used: what is malformed throws MalformedError and leaves
// no trace. The frame returned is the decoder's own and valid until its next decode().

import { Doubles } from "./columns";
import { MalformedError, Reader, WireType } from "./reader";

export type Kind = "gauge" | "counter" | "histogram";

export interface SeriesIdentity {
  readonly name: string;
  readonly service: string;
  readonly instance: string;
  readonly kind: Kind;
  readonly labels: readonly (readonly [string, string])[];
}

/** Places in LiveFrame.statistics. */
export const statistics = ["p50", "p90", "p95", "p99", "p999", "min", "max"] as const;
export type Statistic = (typeof statistics)[number];

export class LiveFrame {
  seq = 0;
  timeMs = 0;
  skipped = 0;
  history = false;
  readonly announced: { ref: number; identity: SeriesIdentity }[] = [];
  // Gauges and counters: element i of each belongs to sample i.
  readonly refs = new Doubles();
  readonly timesMs = new Doubles();
  readonly values = new Doubles();
  // Histograms likewise; `statistics` has seven elements each, NaN if nothing was observed in the window.
  readonly histogramRefs = new Doubles();
  readonly histogramTimesMs = new Doubles();
  readonly counts = new Doubles();
  readonly sums = new Doubles();
  readonly statistics = new Doubles();
  // Buckets of histogram i: from bucketEnds[i - 1] (0 for the first) to bucketEnds[i].
  readonly bucketEnds = new Doubles();
  readonly bucketBounds = new Doubles();
  readonly bucketCounts = new Doubles();
  readonly gone = new Doubles();

  clear(): void {
    this.seq = this.timeMs = this.skipped = 0;
    this.history = false;
    this.announced.length = 0;
    for (const column of this.columns) column.clear();
  }

  private readonly columns = [
    this.refs,
    this.timesMs,
    this.values,
    this.histogramRefs,
    this.histogramTimesMs,
    this.counts,
    this.sums,
    this.statistics,
    this.bucketEnds,
    this.bucketBounds,
    this.bucketCounts,
    this.gone,
  ];
}

const kinds: readonly (Kind | undefined)[] = [undefined, "gauge", "counter", "histogram"];
const lastTimeMs = 253_402_300_800_000; // the year 10000

export class FrameDecoder {
  private readonly reader = new Reader();
  private readonly frame = new LiveFrame();
  private readonly deltas = new Doubles();
  private frameTimeUs = 0;

  decode(bytes: Uint8Array): LiveFrame {
    const { reader, frame } = this;
    frame.clear();
    this.deltas.clear();
    this.frameTimeUs = 0;
    reader.reset(bytes);
    while (!reader.atEnd) {
      const tag = reader.varint();
      this.field(Math.floor(tag / 8), tag % 8);
    }
    if (frame.seq === 0) throw new MalformedError("a frame without number");
    frame.timeMs = checkedTimeMs(this.frameTimeUs);
    this.finishTimes();
    return frame;
  }

  private field(field: number, type: number): void {
    const { reader, frame } = this;
    switch (field) {
      case 1:
        frame.seq = this.varint(type);
        return;
      case 2:
        this.frameTimeUs = this.varint(type);
        return;
      case 3:
        frame.skipped = this.varint(type);
        return;
      case 4:
        frame.history = this.varint(type) !== 0;
        return;
      case 5:
        this.inside(type, () => this.series());
        return;
      case 6:
        this.packed(type, WireType.Varint, frame.refs, readVarint);
        return;
      case 7:
        this.packed(type, WireType.Varint, this.deltas, readSigned);
        return;
      case 8:
        this.packed(type, WireType.Fixed64, frame.values, readDouble);
        return;
      case 9:
        this.inside(type, () => this.histogram());
        return;
      case 10:
        this.packed(type, WireType.Varint, frame.gone, readVarint);
        return;
      default:
        reader.skip(type);
    }
  }

  private series(): void {
    const { reader } = this;
    let ref = 0;
    let kind = 0;
    let name = "";
    let service = "";
    let instance = "";
    const labels: [string, string][] = [];
    while (!reader.atEnd) {
      const tag = reader.varint();
      const type = tag % 8;
      switch (Math.floor(tag / 8)) {
        case 1:
          ref = this.varint(type);
          break;
        case 2:
          name = this.text(type);
          break;
        case 3:
          service = this.text(type);
          break;
        case 4:
          instance = this.text(type);
          break;
        case 5:
          kind = this.varint(type);
          break;
        case 6:
          this.inside(type, () => labels.push(this.label()));
          break;
        default:
          reader.skip(type);
      }
    }
    const kindName = kinds[kind];
    if (kindName === undefined || name === "") throw new MalformedError("a series without name or kind");
    this.frame.announced.push({ ref, identity: { name, service, instance, kind: kindName, labels } });
  }

  private label(): [string, string] {
    const { reader } = this;
    const label: [string, string] = ["", ""];
    while (!reader.atEnd) {
      const tag = reader.varint();
      if (tag === 0x0a) label[0] = reader.text();
      else if (tag === 0x12) label[1] = reader.text();
      else reader.skip(tag % 8);
    }
    return label;
  }

  private histogram(): void {
    const { reader, frame } = this;
    let ref = 0;
    let timeUs = 0;
    let count = 0;
    let sum = 0;
    const statisticsBefore = frame.statistics.length;
    while (!reader.atEnd) {
      const tag = reader.varint();
      const type = tag % 8;
      switch (Math.floor(tag / 8)) {
        case 1:
          ref = this.varint(type);
          break;
        case 2:
          timeUs = this.varint(type);
          break;
        case 3:
          count = this.varint(type);
          break;
        case 4:
          this.expect(type, WireType.Fixed64);
          sum = reader.double();
          break;
        case 5:
          this.packed(type, WireType.Fixed64, frame.statistics, readDouble);
          break;
        case 6:
          this.packed(type, WireType.Fixed64, frame.bucketBounds, readDouble);
          break;
        case 7:
          this.packed(type, WireType.Varint, frame.bucketCounts, readVarint);
          break;
        default:
          reader.skip(type);
      }
    }
    const given = frame.statistics.length - statisticsBefore;
    if (given === 0) {
      for (let i = 0; i < statistics.length; ++i) frame.statistics.push(NaN);
    } else if (given !== statistics.length) {
      throw new MalformedError("a histogram with other statistics than agreed");
    }
    if (frame.bucketBounds.length !== frame.bucketCounts.length) {
      throw new MalformedError("a histogram's bounds and counts differ in length");
    }
    frame.histogramRefs.push(ref);
    frame.histogramTimesMs.push(checkedTimeMs(timeUs));
    frame.counts.push(count);
    frame.sums.push(sum);
    frame.bucketEnds.push(frame.bucketBounds.length);
  }

  /** Adds up the deltas: each is from the sample before, the first from the frame's own time. */
  private finishTimes(): void {
    const { frame, deltas } = this;
    if (frame.refs.length !== frame.values.length || frame.refs.length !== deltas.length) {
      throw new MalformedError("columns differ in length");
    }
    let timeUs = this.frameTimeUs;
    for (let i = 0; i < deltas.length; ++i) {
      timeUs += deltas.data[i]!;
      frame.timesMs.push(checkedTimeMs(timeUs));
    }
  }

  private packed(type: number, single: WireType, into: Doubles, read: (reader: Reader) => number): void {
    const { reader } = this;
    if (type === single) {
      into.push(read(reader)); // protobuf allows a repeated field to come unpacked
      return;
    }
    this.expect(type, WireType.Bytes);
    const outer = reader.enter();
    while (!reader.atEnd) into.push(read(reader));
    reader.leave(outer);
  }

  private inside(type: number, read: () => void): void {
    this.expect(type, WireType.Bytes);
    const outer = this.reader.enter();
    read();
    this.reader.leave(outer);
  }

  private varint(type: number): number {
    this.expect(type, WireType.Varint);
    return this.reader.varint();
  }

  private text(type: number): string {
    this.expect(type, WireType.Bytes);
    return this.reader.text();
  }

  private expect(type: number, wanted: WireType): void {
    if (type !== wanted) throw new MalformedError(`wire type ${type} instead of ${wanted}`);
  }
}

const readVarint = (reader: Reader): number => reader.varint();
const readSigned = (reader: Reader): number => reader.signed();
const readDouble = (reader: Reader): number => reader.double();

function checkedTimeMs(timeUs: number): number {
  const timeMs = timeUs / 1000;
  if (!(timeMs > 0 && timeMs < lastTimeMs)) throw new MalformedError("a time out of range");
  return timeMs;
}
