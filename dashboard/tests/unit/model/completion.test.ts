import { describe, expect, it } from "vitest";
import { complete } from "../../../src/model/completion";
import { parseSelector } from "../../../src/model/selector";
import type { SeriesIdentity } from "../../../src/wire/frame";

const of = (name: string, service: string, core: string): SeriesIdentity => ({
  name,
  service,
  instance: "1",
  kind: "gauge",
  labels: [["core", core]],
});
const catalogue = [of("cpu_percent", "web", "0"), of("cpu_percent", "web", "1"), of("my_cpu", "db", "2"), of("disk", "db", '"')]; // prettier-ignore
const texts = (typed: string): string[] => complete(typed, catalogue).map(({ text }) => text);

describe("completion", () => {
  it("offers names, those that begin as typed first", () => {
    expect(texts("cpu")).toEqual(["cpu_percent", "my_cpu"]);
    expect(texts("")).toEqual(["cpu_percent", "disk", "my_cpu"]);
  });

  it("offers the labels of the series picked so far", () => {
    expect(texts("cpu_percent{")).toEqual(["core", "instance", "kind", "service"]);
    expect(texts("cpu_percent{co")).toEqual(["core"]);
  });

  it("offers a label's values", () => {
    expect(texts('cpu_percent{core="')).toEqual(["0", "1"]);
    expect(texts('{service="db",core="')).toEqual(['"', "2"]);
  });

  it("makes selectors that parse, also of awkward values", () => {
    for (const { result } of complete('disk{core="', catalogue)) {
      expect(catalogue.filter(parseSelector(result)).map(({ name }) => name)).toEqual(["disk"]);
    }
  });
});
