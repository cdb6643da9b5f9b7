// Runs the real page of a real aggregator in a real browser, for the tests in this folder.
//
// Ports are free ones. Everything that was started is stopped when its test ends.

import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const binaries = process.env.OBS_BIN_DIR ?? "../build/release/bin";
export const artifacts = process.env.OBS_ARTIFACTS_DIR ?? "../build/dashboard";
mkdirSync(artifacts, { recursive: true });

const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const chromiumFlags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// What would reach a program from the developer's shell and change what it does.
const foreign =
  /^(AGGREGATOR_ADDR|API_KEY|TELEMETRY_API_KEYS|\w+_PORT|LOG_LEVEL|SERVICE_NAME|INSTANCE_ID|PUSH_INTERVAL_MS|\w+_proxy)$/i;

function environment(extra) {
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(own), ...extra };
}

class Program {
  constructor(tool, args, env) {
    this.log = "";
    this.child = spawn(join(binaries, tool), args, {
      env: environment(env),
      stdio: ["pipe", "ignore", "pipe"],
    });
    this.ended = new Promise((resolve) => this.child.on("exit", resolve));
    this.child.stderr.on("data", (data) => (this.log += data));
    this.child.stdin.on("error", () => undefined); // it may end before it has read all
  }

  async stop(signal = "SIGTERM") {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    await this.ended;
  }
}

/** Returns the first true value of `ask()`, or fails after `timeoutMs`. */
export async function eventually(ask, what, timeoutMs = 10_000) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** An obs-aggregate and what sends to it. */
export class Stage {
  static async open({ env = {}, ports = {}, args = [] } = {}) {
    const stage = new Stage();
    stage.programs = [];
    stage.keys = env.TELEMETRY_API_KEYS;
    const { grpc = 0, http = 0, metrics = 0 } = ports;
    const settings = { GRPC_PORT: `${grpc}`, WS_PORT: `${http}`, METRICS_PORT: `${metrics}`, ...env };
    stage.aggregator = new Program("obs-aggregate", args, settings);
    stage.programs.push(stage.aggregator);
    const ready = /ready grpc=(\S+) http=(\S+) metrics=(\S+)/;
    const found = await eventually(() => ready.exec(stage.aggregator.log), "a ready line of obs-aggregate");
    const local = (address) => address.replace("0.0.0.0", "127.0.0.1");
    stage.grpc = local(found[1]);
    stage.url = `http://${local(found[2])}`;
    stage.ports = { grpc: port(found[1]), http: port(found[2]), metrics: port(found[3]) };
    return stage;
  }

  run(tool, args, env = {}) {
    const key = this.keys === undefined ? {} : { API_KEY: this.keys.split(",")[0] };
    const program = new Program(tool, args, { AGGREGATOR_ADDR: this.grpc, ...key, ...env });
    this.programs.push(program);
    return program;
  }

  demo(service = "demo", args = []) {
    return this.run("obs-agent", ["--demo", ...args], { SERVICE_NAME: service, INSTANCE_ID: `${service}-1` });
  }

  /** Sends lines and waits until they are confirmed. */
  async send(lines, env = {}) {
    const sender = this.run("obs-send", ["-q"], env);
    sender.child.stdin.end(lines.join("\n") + "\n");
    const code = await sender.ended;
    if (code !== 0) throw new Error(`obs-send: exit code ${code}: ${sender.log}`);
  }

  async status() {
    const headers = this.keys === undefined ? {} : { Authorization: `Bearer ${this.keys.split(",")[0]}` };
    return (await fetch(`${this.url}/api/v1/status`, { headers })).json();
  }

  async close() {
    for (const program of this.programs.reverse()) await program.stop();
  }
}

const port = (address) => Number(address.slice(address.lastIndexOf(":") + 1));

let browser;

export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

/** A page in a context of its own. `page.problems` collects what the page complained of. */
export async function openPage(url, { width = 1440, height = 900, theme = "light", hash = "" } = {}) {
  browser ??= await chromium.launch({ executablePath: chromiumPath, args: chromiumFlags });
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    serviceWorkers: "block",
  });
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("console", (message) => {
    // A refused or lost connection is logged by the browser itself, and is what some tests are about.
    const expected = /WebSocket connection|Failed to load resource|ERR_/.test(message.text());
    if (message.type() === "error" && !expected) page.problems.push(message.text());
  });
  if (url === "about:blank") await page.goto(url);
  else if (url !== undefined) await page.goto(`${url}/${hash}`);
  return page;
}

export const phase = (page) => page.getByTestId("connection").getAttribute("data-phase");

export async function waitForPhase(page, wanted, timeout = 10_000) {
  await page.waitForSelector(`[data-testid=connection][data-phase=${wanted}]`, { timeout });
}

/** Whether anything is drawn in the plotting area of a chart. */
export async function inkOf(page, chart) {
  return page.evaluate((name) => {
    const canvas = document.querySelector(`[data-chart="${name}"] canvas`);
    if (canvas === null) return { first: -1, last: -1, share: 0, columns: 0 };
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    // Lines and areas are coloured, axes and grid are grey.
    const coloured = (x, y) => {
      const i = (y * width + x) * 4;
      const [r, g, b, a] = [data[i], data[i + 1], data[i + 2], data[i + 3]];
      return a > 60 && Math.max(r, g, b) - Math.min(r, g, b) > 40;
    };
    const inked = [];
    const from = 64;
    for (let x = from; x < width; ++x) {
      for (let y = 0; y < height - 24; ++y) {
        if (coloured(x, y)) {
          inked.push(x);
          break;
        }
      }
    }
    const columns = width - from;
    return {
      first: inked.length > 0 ? (inked[0] - from) / columns : -1,
      last: inked.length > 0 ? (inked[inked.length - 1] - from) / columns : -1,
      share: inked.length / columns,
      columns,
    };
  }, chart);
}

export async function screenshot(page, name) {
  await page.screenshot({ path: join(artifacts, `${name}.png`) });
}
