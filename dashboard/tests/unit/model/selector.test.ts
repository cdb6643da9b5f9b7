import { describe, expect, it } from "vitest";
import {
  exactSelector,
  parseSelector,
  quote,
  regexLiteral,
  SelectorError,
  selectorOf,
  withMatcher,
} from "../../../src/model/selector";
import type { SeriesIdentity } from "../../../src/wire/frame";

const identity: SeriesIdentity = {
  name: "http_requests_total",
  service: "api",
  instance: "api-1",
  kind: "counter",
  labels: [
    ["route", "/login"],
    ["status", "200"],
  ],
};

const matches = (selector: string, one = identity): boolean => parseSelector(selector)(one);

describe("a selector", () => {
  it.each([
    "http_requests_total",
    "*",
    "http_*",
    "*_requests_?otal",
    "{}",
    '{service="api"}',
    'http_requests_total{route="/login",status=~"2.."}',
    "http_requests_total{route='/login',}",
    '{__name__=~"http.*"}',
    '{kind="counter", missing=""}',
    '{status!="500"}',
    '{status!~"4..|5.."}',
    "{route=`/login`}",
  ])("matches: %s", (selector) => expect(matches(selector)).toBe(true));

  it.each([
    "http_requests",
    "http_?",
    '{service="web"}',
    '{status=~"2"}', // a regular expression is for the whole value
    '{route!="/login"}',
    '{missing!=""}',
    'http_requests_total{status="200",route="/"}',
  ])("does not match: %s", (selector) => expect(matches(selector)).toBe(false));

  it.each([
    ["", 1],
    ["up{", 4],
    ["up{a", 5],
    ["up{a=", 6],
    ["up{a=b}", 6],
    ['up{a="b}', 9],
    ['up{a="b" c="d"}', 10],
    ['up{a=~"("}', 7],
    ["up}", 3],
    ['up{a="\\x"}', 7],
  ])("is refused with the column: %s", (selector, column) => {
    expect(() => parseSelector(selector)).toThrow(SelectorError);
    try {
      parseSelector(selector);
    } catch (error) {
      expect((error as SelectorError).column).toBe(column);
    }
  });

  it("of one series picks it, whatever its names hold", () => {
    const odd: SeriesIdentity = {
      ...identity,
      name: 'a "quoted" {name}\\',
      labels: [["l", 'line\nbreak and "quotes" \\ and <b>']],
    };
    expect(matches(exactSelector(odd), odd)).toBe(true);
    expect(matches(exactSelector(odd))).toBe(false);
    expect(matches(selectorOf(odd.name, odd.service), odd)).toBe(true);
    expect(matches(selectorOf("what*", "s"), { ...odd, name: "whatever", service: "s" })).toBe(false);
  });

  it("is short where the name is an ordinary one", () => {
    expect(selectorOf("up")).toBe("up");
    expect(selectorOf("up", "a")).toBe('up{service="a"}');
    expect(quote('a"b')).toBe('"a\\"b"');
  });
});

describe("a selector with one more matcher", () => {
  it.each(["http_requests_total", "{}", '{service="api"}', 'http_*{route="/login", } '])("%s", (selector) => {
    expect(matches(withMatcher(selector, 'instance=~"api-1|api-2"'))).toBe(true);
    expect(matches(withMatcher(selector, 'instance=~"api-2"'))).toBe(false);
  });

  it("can be of any text", () => {
    const text = "a.b|c*(d)[1]\\ $^{2}+?";
    expect(new RegExp(`^(?:${regexLiteral(text)})$`, "u").test(text)).toBe(true);
    expect(new RegExp(`^(?:${regexLiteral("a.b")})$`, "u").test("axb")).toBe(false);
  });
});
