// What sixty frames a second cost: 200 series, all of them on the Overview's charts. Prints the figures.
//
// OBS_SOAK_SECONDS (20; 300 for a thorough look at the heap) is how long it watches.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, eventually, inkOf, openPage, Stage, waitForPhase } from "./support.mjs";

after(closeBrowser);

const soakSeconds = Number(process.env.OBS_SOAK_SECONDS ?? 20);
const services = 20;
const routes = 4;
const ticksPerSecond = 60;

/** Keeps 200 series changing sixty times a second. Returns what stops it. */
function feed(stage) {
  const sender = stage.run("obs-send", ["-q"]);
  let tick = 0;
  const started = Date.now();
  const timer = setInterval(() => {
    for (; tick < ((Date.now() - started) * ticksPerSecond) / 1000; ++tick) {
      let lines = "";
      for (let s = 0; s < services; ++s) {
        for (let r = 0; r < routes; ++r) {
          const labels = `{svc="s${s}",route="/r${r}"}`;
          const wait = 0.01 * (r + 1) * Math.exp(Math.sin(tick * 0.7 + s) + Math.sin(tick * 1.3 + r));
          lines += `counter load_requests_total${labels} +1\nhistogram load_request_duration_seconds${labels} ${wait}\n`;
        }
        lines += `counter load_errors_total{svc="s${s}"} +${tick % 50 === s ? 1 : 0}\n`;
        lines += `gauge load_inflight{svc="s${s}"} ${tick % 17}\n`;
      }
      sender.child.stdin.write(lines);
    }
  }, 4);
  return () => clearInterval(timer);
}

async function watch(page, cdp, seconds) {
  const metric = async (name) =>
    (await cdp.send("Performance.getMetrics")).metrics.find((metric) => metric.name === name).value;
  const busyBefore = await metric("TaskDuration");
  const begin = await page.evaluate(() => {
    window.longTasks = [];
    window.intervals = [];
    let last = performance.now();
    const frame = (now) => {
      window.intervals.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longTasks.push(duration);
    }).observe({ type: "longtask" });
    return performance.now();
  });
  await page.waitForTimeout(seconds * 1000);
  const busyAfter = await metric("TaskDuration");
  return page.evaluate(
    ([from, busySeconds]) => {
      const wallSeconds = (performance.now() - from) / 1000;
      const intervals = window.intervals.slice(5);
      // A frame is dropped for each whole 1/60 s that one is late.
      const dropped = intervals.reduce((sum, ms) => sum + Math.max(0, Math.round((ms * 60) / 1000) - 1), 0);
      return {
        busy: busySeconds / wallSeconds,
        framesPerSecond: intervals.length / wallSeconds,
        dropped: dropped / (dropped + intervals.length),
        longTasks: window.longTasks.map(Math.round),
      };
    },
    [begin, busyAfter - busyBefore],
  );
}

async function heapAfterCollection(cdp) {
  for (let i = 0; i < 3; ++i) await cdp.send("HeapProfiler.collectGarbage");
  return (await cdp.send("Runtime.getHeapUsage")).usedSize / 1024 / 1024;
}

test("60 frames a second, 200 series, 4 charts", { timeout: (soakSeconds + 60) * 1000 }, async () => {
  const stage = await Stage.open();
  const stopFeeding = feed(stage);
  try {
    await eventually(
      async () => (await stage.status()).store.series >= services * (2 * routes + 2),
      "200 series",
    );
    const page = await openPage(stage.url);
    await waitForPhase(page, "open");
    await page.waitForSelector("[data-chart=Latency] canvas");
    const cdp = await page.context().newCDPSession(page);
    // Processor time, not time on the clock: other programs on the machine are not the page's doing.
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.waitForTimeout(4000); // the load is over, and code is compiled
    const heap = [await heapAfterCollection(cdp)];
    const figures = await watch(page, cdp, Math.min(10, soakSeconds));
    const received = await page.getByTestId("connection").innerText();
    for (let waited = 10; waited < soakSeconds; waited += 10) {
      await page.waitForTimeout(10_000);
      heap.push(await heapAfterCollection(cdp));
    }
    const { busy, framesPerSecond, dropped, longTasks } = figures;
    console.log(`received           ${received.replaceAll("\n", " ")}`);
    console.log(`main thread busy   ${(busy * 100).toFixed(1)} % of one core`);
    console.log(
      `frames             ${framesPerSecond.toFixed(1)}/s, ${(dropped * 100).toFixed(1)} % dropped`,
    );
    console.log(`long tasks         ${longTasks.length === 0 ? "none" : `${longTasks.join(", ")} ms`}`);
    console.log(`heap, collected    ${heap.map((mib) => mib.toFixed(1)).join(", ")} MiB`);
    assert.deepEqual(page.problems, []);
    // Figures are for people; what fails is only what no busy machine explains.
    assert.ok(busy < 0.8, `main thread busy ${busy}`);
    assert.ok(heap[heap.length - 1] < heap[0] * 1.25 + 2, `heap grows: ${heap}`);
  } finally {
    stopFeeding();
    await stage.close();
  }
});

test("a hidden tab draws nothing and goes on receiving; on return it is current", async () => {
  const stage = await Stage.open();
  try {
    stage.demo();
    const page = await openPage();
    await page.addInitScript(() => {
      // A headless browser has no hidden tabs. What makes one is that its animation frames wait.
      let waiting = [];
      const ask = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (draw) => (window.tabHidden ? waiting.push(draw) : ask(draw));
      window.hideTab = (hidden) => {
        window.tabHidden = hidden;
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
        if (!hidden) waiting = waiting.filter((draw) => void ask(draw));
      };
      window.drawn = 0;
      const draw = CanvasRenderingContext2D.prototype.stroke;
      CanvasRenderingContext2D.prototype.stroke = function (...args) {
        window.drawn++;
        return draw.apply(this, args);
      };
    });
    await page.goto(stage.url);
    await page.waitForSelector("[data-chart=Latency] canvas");
    await page.evaluate(() => window.hideTab(true));
    await page.waitForTimeout(100);
    const before = await page.evaluate(() => window.drawn);
    const sent = (await stage.status()).live.frames_sent;
    await page.waitForTimeout(2500);
    assert.ok((await stage.status()).live.frames_sent - sent > 60, "frames go on");
    assert.equal((await page.evaluate(() => window.drawn)) - before, 0, "nothing is drawn");
    await page.evaluate(() => window.hideTab(false));
    await eventually(async () => (await page.evaluate(() => window.drawn)) > before, "charts drawn again");
    // Two and a half seconds of the minute that is shown.
    await eventually(async () => (await inkOf(page, "Throughput")).share > 0.03, "what came meanwhile", 1000);
    assert.deepEqual(page.problems, []);
  } finally {
    await stage.close();
  }
});
