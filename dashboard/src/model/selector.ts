// Selectors, as the aggregator understands them (libobs/model/selector.h): cpu_percent{core=~"0|1"}, demo_*, *.
//
// The page parses them to know which of its series a chart is for, and to point at a mistake while it is typed.
// What is sent is the text; the aggregator decides. Its regular expressions are RE2's, and JavaScript's agree
// with them on what people write.

import type { SeriesIdentity } from "../wire/frame";

export class SelectorError extends Error {
  constructor(
    readonly column: number,
    expected: string,
  ) {
    super(`column ${column}: ${expected}`);
  }
}

export type Selector = (identity: SeriesIdentity) => boolean;

const nameEnd = /[{}\s,="]/;

export function parseSelector(text: string): Selector {
  return new Parser(text).parse();
}

/** The selector of exactly this one series' name, service, instance and labels. */
export function exactSelector(identity: SeriesIdentity): string {
  const matchers = [
    ["__name__", identity.name],
    ["kind", identity.kind],
    ["service", identity.service],
    ["instance", identity.instance],
    ...identity.labels.filter(([label]) => !isIdentity(label)),
  ];
  return `{${matchers.map(([label, value]) => `${label}=${quote(value!)}`).join(",")}}`;
}

/** `name`, or `name{service="..."}`. */
export function selectorOf(name: string, service = ""): string {
  const bare = nameEnd.test(name) || /[*?'`\\]/.test(name) ? null : name;
  const matchers = [
    ...(bare === null ? [`__name__=${quote(name)}`] : []),
    ...(service === "" ? [] : [`service=${quote(service)}`]),
  ];
  return `${bare ?? ""}${matchers.length === 0 ? "" : `{${matchers.join(",")}}`}`;
}

/** The selector, narrowed by one more matcher. */
export function withMatcher(selector: string, matcher: string): string {
  const text = selector.trim();
  if (!text.endsWith("}")) return `${text}{${matcher}}`;
  const open = text.slice(0, -1).trimEnd();
  return `${open}${/[{,]$/.test(open) ? "" : ","}${matcher}}`;
}

/** A regular expression that matches this text and nothing else. */
export function regexLiteral(text: string): string {
  return text.replace(/[.+*?^${}()|[\]\\]/g, "\\$&");
}

export function quote(value: string): string {
  const escaped = value
    .replace(/["\\]/g, "\\$&")
    .replace(/\n/g, "\\n")
    .replace(/\r/g, "\\r")
    .replace(/\t/g, "\\t");
  return `"${escaped}"`;
}

export function labelOf(identity: SeriesIdentity, label: string): string {
  switch (label) {
    case "__name__":
      return identity.name;
    case "service":
      return identity.service;
    case "instance":
      return identity.instance;
    case "kind":
      return identity.kind;
    default:
      return identity.labels.find(([name]) => name === label)?.[1] ?? "";
  }
}

function isIdentity(label: string): boolean {
  return label === "__name__" || label === "service" || label === "instance" || label === "kind";
}

class Parser {
  private position = 0;

  constructor(private readonly text: string) {}

  parse(): Selector {
    this.skipSpace();
    const name = this.name();
    const tests: Selector[] = [];
    if (name !== "") tests.push(nameTest(name));
    this.skipSpace();
    if (this.peek() === "{") this.matchers(tests);
    else if (name === "") throw this.error("expected a name or {");
    this.skipSpace();
    if (this.position < this.text.length) throw this.error("expected the end");
    return (identity) => tests.every((test) => test(identity));
  }

  private matchers(tests: Selector[]): void {
    this.position++;
    for (;;) {
      this.skipSpace();
      if (this.peek() === "}") break;
      tests.push(this.matcher());
      this.skipSpace();
      if (this.peek() === ",") this.position++;
      else if (this.peek() !== "}") throw this.error("expected , or }");
    }
    this.position++;
  }

  private matcher(): Selector {
    const label = /^[^\s{}=!~,"'`]+/.exec(this.text.slice(this.position))?.[0];
    if (label === undefined) throw this.error("expected a label");
    this.position += label.length;
    this.skipSpace();
    const operator = /^(=~|!~|!=|=)/.exec(this.text.slice(this.position))?.[0];
    if (operator === undefined) throw this.error("expected =, !=, =~ or !~");
    this.position += operator.length;
    this.skipSpace();
    const start = this.position;
    const value = this.string();
    if (operator === "=") return (identity) => labelOf(identity, label) === value;
    if (operator === "!=") return (identity) => labelOf(identity, label) !== value;
    const wanted = operator === "=~";
    const expression = this.compile(value, start);
    return (identity) => expression.test(labelOf(identity, label)) === wanted;
  }

  private compile(source: string, start: number): RegExp {
    try {
      return new RegExp(`^(?:${source})$`, "su");
    } catch {
      throw new SelectorError(start + 1, "not a regular expression");
    }
  }

  private string(): string {
    const mark = this.peek();
    if (mark !== '"' && mark !== "'" && mark !== "`") throw this.error("expected a string in quotes");
    let value = "";
    for (let i = this.position + 1; i < this.text.length; ++i) {
      const c = this.text[i]!;
      if (c === mark) {
        this.position = i + 1;
        return value;
      }
      if (c === "\\" && mark !== "`") {
        const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", "\\": "\\", '"': '"', "'": "'" };
        const escaped = escapes[this.text[++i] ?? ""];
        if (escaped === undefined) throw new SelectorError(i, "not an escape");
        value += escaped;
      } else {
        value += c;
      }
    }
    throw new SelectorError(this.text.length + 1, `expected a closing ${mark}`);
  }

  private name(): string {
    let end = this.position;
    while (end < this.text.length && !nameEnd.test(this.text[end]!)) end++;
    const name = this.text.slice(this.position, end);
    this.position = end;
    return name;
  }

  private peek(): string {
    return this.text[this.position] ?? "";
  }

  private skipSpace(): void {
    while (/\s/.test(this.peek())) this.position++;
  }

  private error(expected: string): SelectorError {
    return new SelectorError(this.position + 1, expected);
  }
}

function nameTest(name: string): Selector {
  if (!/[*?]/.test(name)) return (identity) => identity.name === name;
  const source = name
    .split(/([*?])/)
    .map((part) => (part === "*" ? ".*" : part === "?" ? "." : regexLiteral(part)))
    .join("");
  const glob = new RegExp(`^${source}$`, "su");
  return (identity) => glob.test(identity.name);
}
