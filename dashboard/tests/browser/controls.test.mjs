// Time: pause, scrub, resume, windows; and reading charts by pointer and keyboard.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { closeBrowser, eventually, openPage, Stage } from "./support.mjs";

let stage;
let page;

before(async () => {
  stage = await Stage.open();
  stage.demo();
  await eventually(async () => (await stage.status()).ledger.accepted > 2000, "samples", 20_000);
  page = await openPage(stage.url);
  await page.waitForSelector("[data-chart=Latency] canvas");
});

after(async () => {
  await closeBrowser();
  await stage.close();
});

const pixels = (chart) =>
  page.evaluate((name) => document.querySelector(`[data-chart="${name}"] canvas`).toDataURL(), chart);
const legend = (chart) =>
  page.evaluate(
    (name) => document.querySelector(`[data-chart="${name}"]`).previousElementSibling.textContent,
    chart,
  );
const pausedAt = () => page.getByTestId("paused-at").innerText();
const focusBody = () => page.evaluate(() => document.activeElement.blur());

test("charts move while live, stand still while paused, and go on", async () => {
  const before = await pixels("Latency");
  await eventually(async () => (await pixels("Latency")) !== before, "a chart that moves");
  await focusBody();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Resume" }).waitFor();
  await page.waitForTimeout(600); // the longer history arrives
  const still = await pixels("Throughput");
  await page.waitForTimeout(500);
  assert.equal(await pixels("Throughput"), still);
  await page.keyboard.press("Space");
  await eventually(async () => (await pixels("Throughput")) !== still, "a chart that moves again");
});

test("a paused view can be scrubbed back by keys and by the slider", async () => {
  await page.keyboard.press("Space");
  const first = await pausedAt();
  const still = await pixels("Throughput");
  await page.keyboard.press("ArrowLeft");
  assert.notEqual(await pausedAt(), first);
  await eventually(async () => (await pixels("Throughput")) !== still, "another picture");
  const slider = page.getByRole("slider", { name: "Scrub back in time" });
  await slider.focus();
  await page.keyboard.press("Home");
  assert.match(await pausedAt(), /1[0-5] min ago/);
  await focusBody();
  await page.keyboard.press("End");
  await page.getByRole("button", { name: "Pause" }).waitFor();
});

test("brackets change the window, and the URL keeps it", async () => {
  await page.keyboard.press("[");
  await page.waitForURL(/window=30/);
  await page.keyboard.press("[");
  await page.waitForURL(/window=10/);
  await page.keyboard.press("]");
  await page.keyboard.press("]");
  await page.waitForURL((url) => !url.hash.includes("window"));
});

test("help opens on ? and closes on Escape", async () => {
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  assert.match(await page.getByRole("dialog").innerText(), /pause/);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
});

test("/ goes to the search, and digits to the pages", async () => {
  await page.keyboard.press("/");
  await eventually(() => page.evaluate(() => document.activeElement?.id === "search"), "the search in focus");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await focusBody();
  for (const [digit, name] of [
    ["2", "nodes"],
    ["4", "system"],
    ["1", "overview"],
  ]) {
    await page.keyboard.press(digit);
    await page.waitForURL(new RegExp(`#/${name}`));
  }
});

test("pointing at one chart reads all of them at that instant", async () => {
  await page.waitForSelector("[data-chart=Latency] canvas");
  await page.keyboard.press("Space");
  await page.waitForTimeout(400);
  const live = await legend("Throughput");
  const box = await page.locator("[data-chart=Latency]").boundingBox();
  await page.mouse.move(box.x + box.width * 0.96, box.y + box.height / 2);
  await eventually(
    async () => (await legend("Throughput")) !== live,
    "another chart's values of that instant",
  );
  const read = await legend("Throughput");
  await page.mouse.move(5, 5);
  await eventually(async () => (await legend("Throughput")) !== read, "the newest values again");
  await page.keyboard.press("Space");
});

test("every chart can be focused, described and read with arrow keys", async () => {
  const names = await page.$$eval("[data-chart]", (charts) =>
    charts.map((chart) => [chart.dataset.chart, chart.tabIndex, chart.getAttribute("aria-label")]),
  );
  assert.deepEqual(names.map(([name]) => name).sort(), [
    "Distribution",
    "Error rate",
    "Heatmap",
    "Latency",
    "Throughput",
  ]);
  assert.ok(names.every(([, tabIndex, label]) => tabIndex === 0 && label !== ""));
  await page.locator('[data-chart="Throughput"]').focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  const said = page.locator('section:has([data-chart="Throughput"]) [aria-live=assertive]');
  const first = await eventually(async () => (await said.innerText()).trim(), "a reading");
  assert.match(first, /^\d\d:\d\d:\d\d\.\d: demo [\d.,]+( k)?\/s$/);
  await page.keyboard.press("ArrowLeft");
  await eventually(async () => (await said.innerText()) !== first, "another reading");
  await page.locator('[data-chart="Heatmap"]').focus();
  await page.keyboard.press("ArrowLeft");
  const quantiles = page.locator('section:has([data-chart="Heatmap"]) [aria-live=assertive]');
  await eventually(async () => /p50 .* p99/.test(await quantiles.innerText()), "a reading of the heatmap");
  const described = await page.evaluate(() => {
    const chart = document.querySelector('[data-chart="Latency"]');
    return document.getElementById(chart.getAttribute("aria-describedby")).textContent;
  });
  assert.match(described, /p50: now .* lowest .* highest/);
  await focusBody();
});

test("nothing moved the layout while all this went on, and the page complained of nothing", async () => {
  const shift = await page.evaluate(
    () =>
      new Promise((resolve) => {
        let total = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (!entry.hadRecentInput) total += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve(total), 1500);
      }),
  );
  console.log(`layout shift ${shift.toFixed(4)}`);
  assert.ok(shift < 0.02, `layout shift ${shift}`);
  assert.deepEqual(page.problems, []);
});
