// 5,000 matching series: the page stays usable, and says what it left out.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { watchIdle } from "./machine.mjs";
import { closeBrowser, eventually, inkOf, openPage, Stage } from "./support.mjs";

after(closeBrowser);

const count = 5000;

test("an Overview of more series than a page can hold is of whole instances, and says which are left out", async () => {
  const stage = await Stage.open();
  try {
    const instances = 60;
    const routes = 10;
    const { child } = stage.run("obs-send", ["-q"]);
    const feeder = setInterval(() => {
      const lines = [];
      for (let i = 0; i < instances; ++i) {
        for (let r = 0; r < routes; ++r) {
          const of = { service: "web", instance: `web-${i}`, labels: { route: `/${r}` } };
          lines.push(JSON.stringify({ kind: "counter", name: "requests_total", increment: 1, ...of }));
          lines.push(JSON.stringify({ kind: "histogram", name: "latency_ms", value: 20, ...of }));
        }
      }
      child.stdin.write(`${lines.join("\n")}\n`);
    }, 1000);
    try {
      await eventually(
        async () => (await stage.status()).store.series >= 2 * instances * routes,
        "all series",
      );
      const page = await openPage(stage.url);
      await page.getByTestId("left-out").waitFor();
      assert.match(
        await page.getByTestId("left-out").innerText(),
        /1,200 series match.*first 500 are shown.*700 are left out/,
      );
      for (const chart of ["Latency", "Throughput", "Heatmap"]) {
        await eventually(async () => (await inkOf(page, chart)).share > 0, chart);
      }
      assert.deepEqual(page.problems, []);
    } finally {
      clearInterval(feeder);
    }
  } finally {
    await stage.close();
  }
});

test("5,000 matching series are too many to draw, not too many to handle", async () => {
  const stage = await Stage.open();
  const page = await openPage();
  const lines = (value) =>
    Array.from({ length: count }, (_, i) => `gauge items{id="${i}"} ${value + (i % 7)}`);
  let feeding = true;
  let feeder = Promise.resolve();
  try {
    await stage.send(lines(1));
    feeder = (async () => {
      for (let value = 2; feeding; ++value) {
        await stage.send(lines(value)).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    })();
    await page.addInitScript(() => {
      window.longTasks = [];
      new PerformanceObserver((list) => {
        for (const { startTime, duration } of list.getEntries()) window.longTasks.push([startTime, duration]);
      }).observe({ type: "longtask", buffered: true });
    });
    await page.goto(`${stage.url}/#/explore?match=items`);
    const left = page.getByTestId("left-out");
    await left.waitFor();
    assert.match(await left.innerText(), /5,000 series match.*64 are shown.*4,936 are left out/);
    await eventually(async () => (await page.locator("[data-chart]").count()) === 64, "64 charts");
    await eventually(async () => (await inkOf(page, "0")).share > 0, "a chart with something in it");

    // It answers while all of them change.
    await page.waitForTimeout(3000);
    const begin = await page.evaluate(() => performance.now());
    const waits = [];
    const idleSince = watchIdle();
    for (const letter of "items{id=") {
      const pressed = Date.now();
      await page.getByRole("combobox").press(letter === "{" ? "{" : letter);
      waits.push(Date.now() - pressed);
    }
    await page.getByRole("combobox").fill('items{id="49');
    await page.getByRole("option", { name: /^49 / }).waitFor();
    const tasks = await page.evaluate(
      (from) => window.longTasks.filter(([at]) => at > from).map(([, ms]) => ms),
      begin,
    );
    console.log(
      `keys took ${waits.join(", ")} ms; long tasks: ${tasks.map(Math.round).join(", ") || "none"}`,
    );
    const typical = [...waits].sort((a, b) => a - b)[Math.floor(waits.length / 2)];
    // A machine without time to spare lets every program wait.
    assert.ok(typical < (idleSince() > 0.1 ? 300 : 3000), `${waits}`);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByText("1 series.").waitFor();
    await left.waitFor({ state: "hidden" });
    assert.deepEqual(page.problems, []);
  } finally {
    feeding = false;
    await feeder;
    await stage.close();
  }
});
