import { describe, expect, it } from "vitest";
import { FrameDecoder } from "../../../src/wire/frame";
import { MalformedError } from "../../../src/wire/reader";
import { frameBytes, timeMs, timeUs, Writer } from "../bytes";

const decode = (bytes: Uint8Array) => new FrameDecoder().decode(bytes);
const used = (column: { data: Float64Array; length: number }) => [...column.data.slice(0, column.length)];

describe("a frame", () => {
  it("has its number, time and marks", () => {
    const frame = decode(frameBytes({ seq: 7, skipped: 3, history: true }));
    expect([frame.seq, frame.timeMs, frame.skipped, frame.history]).toEqual([7, timeMs, 3, true]);
  });

  it("announces series with all that identifies them", () => {
    const labels = { route: "/login", method: "POST" };
    const { announced } = decode(
      frameBytes({
        series: [{ ref: 300, name: "requests_total", service: "api", instance: "a", kind: 2, labels }],
      }),
    );
    expect(announced).toEqual([
      {
        ref: 300,
        identity: {
          name: "requests_total",
          service: "api",
          instance: "a",
          kind: "counter",
          labels: Object.entries(labels),
        },
      },
    ]);
  });

  it("counts each sample's time from the one before, also backwards", () => {
    const frame = decode(
      frameBytes({
        samples: [
          { ref: 1, timeUs: timeUs - 500, value: 1.5 },
          { ref: 2, timeUs: timeUs - 2_000_000, value: -2 },
          { ref: 3, timeUs: timeUs + 1000, value: 0 },
        ],
      }),
    );
    expect(used(frame.refs)).toEqual([1, 2, 3]);
    expect(used(frame.timesMs)).toEqual([timeMs - 0.5, timeMs - 2000, timeMs + 1]);
    expect(used(frame.values)).toEqual([1.5, -2, 0]);
  });

  it("holds the buckets of several histograms one behind the other", () => {
    const statistics = [1, 2, 3, 4, 5, 6, 7];
    const frame = decode(
      frameBytes({
        histograms: [
          { ref: 1, timeUs, count: 10, sum: 20, statistics, buckets: [[1, 4], [Infinity, 6]] }, // prettier-ignore
          { ref: 2, timeUs, count: 3 },
          { ref: 3, timeUs, count: 2, statistics, buckets: [[8, 2]] },
        ],
      }),
    );
    expect(used(frame.bucketEnds)).toEqual([2, 2, 3]);
    expect(used(frame.bucketBounds)).toEqual([1, Infinity, 8]);
    expect(used(frame.bucketCounts)).toEqual([4, 6, 2]);
    expect(used(frame.statistics).slice(0, 7)).toEqual(statistics);
    expect(used(frame.statistics).slice(7, 14).every(Number.isNaN)).toBe(true);
  });

  it("skips fields that a later version may add", () => {
    const bytes = [...frameBytes({ samples: [{ ref: 1, timeUs, value: 2 }] })];
    const later = new Writer().field(77, 5).inner(78, "more").doubleField(79, 1).bytes;
    expect(used(decode(new Uint8Array([...bytes, ...later])).values)).toEqual([2]);
  });

  it("leaves nothing behind for the next one", () => {
    const decoder = new FrameDecoder();
    decoder.decode(frameBytes({ samples: [{ ref: 1, timeUs, value: 2 }], gone: [4] }));
    const frame = decoder.decode(frameBytes({ seq: 2 }));
    expect([frame.refs.length, frame.gone.length, frame.timesMs.length]).toEqual([0, 0, 0]);
  });

  it("takes more samples than its columns had room for at first", () => {
    const samples = Array.from({ length: 5000 }, (_, i) => ({ ref: i, timeUs: timeUs + i, value: i }));
    const frame = decode(frameBytes({ samples }));
    expect(frame.values.length).toBe(5000);
    expect(frame.values.data[4999]).toBe(4999);
  });
});

describe("what is no frame", () => {
  const whole = frameBytes({
    series: [{ ref: 1, name: "up", labels: { a: "b" } }],
    samples: [{ ref: 1, timeUs, value: 2 }],
    histograms: [{ ref: 2, timeUs, count: 1, statistics: [1, 2, 3, 4, 5, 6, 7], buckets: [[1, 1]] }],
  });

  it("is refused wherever it is cut off, and never read beyond its end", () => {
    let refused = 0;
    for (let length = 0; length < whole.length; ++length) {
      try {
        decode(whole.slice(0, length)); // a cut between two fields may leave a smaller frame
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(whole.length * 0.8);
  });

  it("is refused with any byte changed, or still decodes to something", () => {
    for (let at = 0; at < whole.length; ++at) {
      for (const value of [0x00, 0x7f, 0xff, whole[at]! ^ 0x10]) {
        const bytes = whole.slice();
        bytes[at] = value;
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }
    }
  });

  it.each([
    ["nothing at all", new Uint8Array(0)],
    ["text", new TextEncoder().encode("hello, this is no frame")],
    ["a frame without number", new Writer().field(2, timeUs).done()],
    [
      "a frame of another age",
      new Writer()
        .field(1, 1)
        .field(2, 1n << 63n)
        .done(),
    ],
    ["a number of eleven bytes", new Uint8Array([8, ...Array<number>(11).fill(0x80), 1])],
    [
      "columns of different lengths",
      new Writer().field(1, 1).field(2, timeUs).inner(6, new Writer().varint(1)).done(),
    ],
    [
      "a series without kind",
      new Writer().field(1, 1).field(2, timeUs).inner(5, new Writer().inner(2, "up")).done(),
    ],
    ["a series of no known kind", frameBytes({ series: [{ ref: 1, name: "up", kind: 9 as 1 }] })],
    [
      "a histogram with three statistics",
      frameBytes({ histograms: [{ ref: 1, timeUs, statistics: [1, 2, 3] }] }),
    ],
  ])("is refused: %s", (_, bytes) => {
    expect(() => decode(bytes)).toThrow(MalformedError);
  });
});
