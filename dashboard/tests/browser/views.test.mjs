// Nodes, Explore and System, the choices of the Overview, and links that share all of it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { closeBrowser, eventually, inkOf, openPage, Stage } from "./support.mjs";

let stage;
let page;

before(async () => {
  stage = await Stage.open();
  stage.demo("shop");
  stage.demo("api");
  await stage
    .send([
      "gauge queue_depth 12",
      "gauge bad_gauge NaN",
      'gauge cpu_percent{core="0"} 10',
      'gauge cpu_percent{core="1"} 20',
    ])
    .catch(() => undefined); // one of them is to be rejected
  await eventually(async () => (await stage.status()).ledger.accepted > 1000, "samples");
  page = await openPage(stage.url);
});

after(async () => {
  await closeBrowser();
  await stage.close();
});

const go = (hash) => page.goto(`${stage.url}/${hash}`);

test("the service picker narrows all charts, and the link keeps it", async () => {
  await page.waitForSelector("[data-chart=Throughput] canvas");
  const legend = () =>
    page.evaluate(() => document.querySelector("[data-chart=Throughput]").previousElementSibling.textContent);
  await eventually(async () => /api.*shop/.test(await legend()), "both services");
  await page.getByLabel("Service").selectOption("shop");
  await page.waitForURL(/service=shop/);
  await eventually(async () => !/api/.test(await legend()) && /shop/.test(await legend()), "one service");
  await page.getByLabel("Service").selectOption("");
});

test("a chart's menu picks another metric, and a shared link shows the same", async () => {
  await page.getByLabel("Metric of the chart throughput").selectOption("demo_errors_total");
  await page.waitForURL(/throughput=demo_errors_total/);
  const other = await openPage(page.url().replace(/\/#.*/, ""), { hash: new URL(page.url()).hash });
  await eventually(async () => (await inkOf(other, "Throughput")).share > 0, "the same chart elsewhere");
  assert.equal(await other.getByLabel("Metric of the chart throughput").inputValue(), "demo_errors_total");
  assert.deepEqual(other.problems, []);
  await other.context().close();
  await page.getByLabel("Metric of the chart throughput").selectOption("");
});

test("the heatmap and the distribution are drawn", async () => {
  for (const chart of ["Heatmap", "Distribution"]) {
    await eventually(async () => (await inkOf(page, chart)).share > 0.02, chart);
  }
});

test("Nodes lists every instance with its ledger", async () => {
  await go("#/nodes");
  const row = page.locator('tr[data-node="shop"]');
  await row.waitFor();
  await eventually(async () => /live\s+\d/.test(await row.innerText()), "samples per second");
  assert.match(
    await row.innerText(),
    /shop\s+shop-1\s+live\s+\d+\s+[\d.]+ (ms|µs|s)\s+\d+\s+\d\d:\d\d:\d\d\s+\d\d:\d\d:\d\d/,
  );
  await eventually(
    async () => /stale for/.test(await page.locator('tr[data-node="obs-send"]').innerText()),
    "a stale one",
  );
});

test("Explore completes names and labels, draws what matches, and pins it to the Overview", async () => {
  await go("#/explore");
  const field = page.getByRole("combobox", { name: "Selector of series" });
  await field.fill("cpu_p");
  await page.getByRole("option", { name: /^cpu_percent/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/match=cpu_percent/);
  await page.getByText("2 series.").waitFor();
  await eventually(
    async () => (await inkOf(page, "0")).share > 0 && (await inkOf(page, "1")).share > 0,
    "two charts",
  );

  await field.fill("cpu_percent{c");
  await page.getByRole("option", { name: /^core/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  assert.equal(await field.inputValue(), 'cpu_percent{core="');

  await field.fill('cpu_percent{core="');
  await page.getByRole("option", { name: /^1/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByText("1 series.").waitFor();

  await field.fill("cpu_percent{core=oops}");
  await page.keyboard.press("Enter");
  assert.match(await page.getByTestId("problem").innerText(), /column 18/);

  // What only the aggregator finds wrong: its regular expressions have no look-ahead.
  await field.fill('cpu_percent{core=~"(?=0)0"}');
  await page.keyboard.press("Enter");
  await eventually(
    async () => /match/.test(await page.getByTestId("problem").innerText()),
    "the aggregator's words",
  );

  await field.fill("demo_requests_total");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Overlaid" }).click();
  await eventually(async () => (await inkOf(page, "demo_requests_total")).share > 0, "rates in one chart");
  await page.getByRole("button", { name: "Pin to Overview" }).click();
  await page.keyboard.press("Escape");
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("1");
  await page.getByRole("button", { name: "Unpin demo_requests_total" }).waitFor();
  await eventually(async () => (await inkOf(page, "demo_requests_total")).share > 0, "the pinned chart");
  assert.match(page.url(), /pin=demo_requests_total/);
  await page.getByRole("button", { name: "Unpin demo_requests_total" }).click();
  await page.waitForURL((url) => !url.hash.includes("pin"));
});

test("Explore begins with all metrics, and a click shows one", async () => {
  await go("#/explore");
  await page
    .getByLabel("All metrics")
    .getByRole("button", { name: /^queue_depth gauge, 1 series/ })
    .click();
  await page.waitForURL(/match=queue_depth/);
  await page.getByText("1 series.").waitFor();
});

test("Explore shows the rate of a counter, and quantiles of a histogram or its rate", async () => {
  const legend = () => page.locator("ul.legend").first().innerText();
  await go('#/explore?match=demo_requests_total{service="shop"}');
  await eventually(async () => /per second\s+\d[\d.]*\/s/.test(await legend()), "a rate");
  await go('#/explore?match=demo_request_duration_seconds{service="shop"}');
  const time = "[\\d.]+ (ms|µs|s)";
  const quantiles = new RegExp(`p50\\s+${time}\\s+p95\\s+${time}\\s+p99\\s+${time}`);
  await eventually(async () => quantiles.test(await legend()), "quantiles");
  await page.getByRole("button", { name: "Rate" }).click();
  await eventually(async () => /per second\s+\d[\d.]*\/s/.test(await legend()), "observations a second");
  assert.match(page.url(), /histograms=rate/);
});

test("System tells of the aggregator itself", async () => {
  await go("#/system");
  const figure = (title) => page.locator(`[data-figure="${title}"]`);
  await eventually(async () => /\d+\/s/.test(await figure("Ingest").innerText()), "an ingest rate");
  assert.match(await figure("Watchers").innerText(), /\d/);
  assert.match(await figure("Frames").innerText(), /skipped/);
  assert.match(await figure("Memory").innerText(), /MiB/);
  assert.match(await page.getByLabel("Buffers").innerText(), /demo_request_duration_seconds/);
  assert.match(await page.getByLabel("Ledger").innerText(), /Accepted/);
  assert.deepEqual(page.problems, []);
});
