import { describe, expect, it } from "vitest";
import { viewFromHash, viewToHash } from "../../../src/state/url";
import { initialView, type View } from "../../../src/state/view";

describe("a link", () => {
  it("of the plain Overview is short", () => {
    expect(viewToHash(initialView)).toBe("#/overview");
    expect(viewFromHash("")).toEqual(initialView);
  });

  it("brings back everything that was chosen", () => {
    const view: View = {
      page: "explore",
      windowSeconds: 300,
      service: "a & b",
      picked: { latency: "x_ms", histogram: "y?z=#" },
      pins: ['up{a="b"}', "other"],
      query: 'cpu{core=~"0|1"}',
      layout: "overlay",
      histogramView: "rate",
      theme: "dark",
    };
    expect(viewFromHash(viewToHash(view))).toEqual(view);
  });

  it("that makes no sense shows the Overview", () => {
    expect(viewFromHash("#/nowhere?window=7&theme=pink&layout=round&latency=")).toEqual(initialView);
    expect(viewFromHash("#?%")).toEqual(initialView);
  });
});
