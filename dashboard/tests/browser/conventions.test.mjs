// The Overview finds its metrics by what people call theirs, and each chart's menu picks others.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { closeBrowser, eventually, inkOf, openPage, Stage } from "./support.mjs";

let stage;
let page;
let feeder;

// One request in five fails, and takes 40 ms as all do.
const lines = [
  "histogram response_time_ms 40",
  'counter http_requests_total{status="200"} +4',
  'counter http_requests_total{status="500"} +1',
  "gauge inflight 150",
  "histogram queue_wait_seconds 0.25",
  "histogram batch_latency 12",
  "counter jobs_total +7",
  "counter job_failures_total +2",
].join("\n");

before(async () => {
  stage = await Stage.open();
  const { child } = stage.run("obs-send", ["-q"], { SERVICE_NAME: "web" });
  feeder = setInterval(() => child.stdin.write(`${lines}\n`), 50);
  await eventually(async () => (await stage.status()).store.series >= 8, "all series");
  page = await openPage(stage.url);
  await page.waitForSelector("[data-chart=Latency] canvas");
});

after(async () => {
  clearInterval(feeder);
  await closeBrowser();
  await stage.close();
});

const card = (name) => page.locator(`[data-card=${name}]`);
const chartCard = (title) => page.locator("section", { has: page.locator(`h2:text-is("${title}")`) });

/** Waits until a card shows a number in [low, high] and has that level. */
async function cardShows(name, unit, low, high, level) {
  const value = async () => (await card(name).innerText()).split("\n").at(-1);
  const shown = async () => {
    const [, number] = new RegExp(`(\\d[\\d.,]*) ?${unit}`).exec(await value()) ?? [];
    return Number(number) >= low && Number(number) <= high;
  };
  await eventually(shown, `${name} between ${low} and ${high} ${unit}`);
  assert.equal(await card(name).getAttribute("data-level"), level);
}

test("a latency histogram in ms, requests with a status, and what is in flight fill charts and cards", async () => {
  await cardShows("p50", "ms", 39, 41, "good");
  await cardShows("p99", "ms", 39, 41, "good");
  await cardShows("errors", "%", 15, 25, "bad");
  await cardShows("inflight", "", 150, 150, "warn");
  await cardShows("throughput", "/s", 1, 200, "good");
  for (const chart of ["Latency", "Throughput", "Error rate", "Distribution", "Heatmap"]) {
    await eventually(async () => (await inkOf(page, chart)).share > 0.02, `something in ${chart}`);
  }
  assert.match(await chartCard("Error rate").innerText(), /http_requests_total/);
});

test("the level of a card is said in words, not by colour alone", async () => {
  assert.match(await card("errors").innerText(), /critical/);
  assert.match(await card("inflight").innerText(), /raised/);
  assert.match(await card("p50").innerText(), /ok/);
  assert.match(await card("p50").getAttribute("title"), /raised from 0.25 s, critical from 1 s/);
});

for (const [title, chart, metric] of [
  ["Latency", "latency", "queue_wait_seconds"],
  ["Throughput", "throughput", "jobs_total"],
  ["Error rate", "errors", "job_failures_total"],
  ["Histogram", "histogram", "queue_wait_seconds"],
]) {
  test(`the menu of the ${title} chart picks another metric`, async () => {
    const menu = page.getByLabel(`Metric of the chart ${chart}`);
    await menu.selectOption(metric);
    await page.waitForURL(new RegExp(`${chart}=${metric}`));
    await eventually(
      async () => (await chartCard(title).locator("h2 + span").innerText()) === metric,
      "its name beside the title",
    );
    if (chart === "latency") await cardShows("p50", "ms", 245, 255, "warn");
    await menu.selectOption("");
    await page.waitForURL((url) => !url.hash.includes(metric));
  });
}

test("a latency whose name tells no unit is judged by no threshold", async () => {
  await page.getByLabel("Metric of the chart latency").selectOption("batch_latency");
  await cardShows("p50", "", 11.8, 12.2, "none");
  assert.deepEqual(page.problems, []);
});
