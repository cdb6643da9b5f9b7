// What sixty frames a second cost: 200 series, all of them on the Overview's charts. Prints the figures.
//
// OBS_SOAK_SECONDS (20; 300 for a thorough look at the heap) is how long it watches. Budgets are for a machine
// that has time: on one that is busy with other things, a figure beyond its budget is printed and proves nothing.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { watchIdle } from "./machine.mjs";
import { closeBrowser, eventually, openPage, Stage, waitForPhase } from "./support.mjs";

after(closeBrowser);

const soakSeconds = Number(process.env.OBS_SOAK_SECONDS ?? 20);
const stretchSeconds = 10;
const budgets = { busy: 0.5, dropped: 0.05, longTasks: 0 };
/** Beyond it no other program's load is an excuse. */
const hopelesslyBusy = 0.8;
/** Of a machine with time: what nobody wants of its processors, and what even an empty page drops. */
const calm = { idle: 0.1, dropped: 0.01 };

const services = 20;
const routes = 4;
const senders = 4; // each sends fifty times a second: together there is something new in every frame
const ticksPerSecond = 60;

function linesOf(service, tick) {
  let lines = "";
  for (let r = 0; r < routes; ++r) {
    const labels = `{svc="s${service}",route="/r${r}"}`;
    const wait = 0.01 * (r + 1) * Math.exp(Math.sin(tick * 0.7 + service) + Math.sin(tick * 1.3 + r));
    lines += `counter load_requests_total${labels} +1\nhistogram load_request_duration_seconds${labels} ${wait}\n`;
  }
  lines += `counter load_errors_total{svc="s${service}"} +${tick % 50 === service ? 1 : 0}\n`;
  return `${lines}gauge load_inflight{svc="s${service}"} ${tick % 17}\n`;
}

/** Keeps 200 series changing sixty times a second. Returns what stops it. */
function feed(stage) {
  const programs = Array.from({ length: senders }, (_, i) =>
    stage.run("obs-send", ["-q"], { SERVICE_NAME: `load-${i}` }),
  );
  let tick = 0;
  const started = Date.now();
  const timer = setInterval(() => {
    for (; tick < ((Date.now() - started) * ticksPerSecond) / 1000; ++tick) {
      programs.forEach(({ child }, sender) => {
        let lines = "";
        for (let service = sender; service < services; service += senders) lines += linesOf(service, tick);
        child.stdin.write(lines);
      });
    }
  }, 4);
  return () => clearInterval(timer);
}

/** Has the page note when it gets animation frames, and which tasks were long. */
async function beginNoting(page) {
  await page.evaluate(() => {
    window.frameTimes = [];
    window.longTasks = [];
    const frame = (now) => {
      window.frameTimes.push(now);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longTasks.push(Math.round(duration));
    }).observe({ type: "longtask" });
  });
}

/** What it has noted since it was asked last. */
async function noted(page) {
  const { times, longTasks } = await page.evaluate(() => ({
    times: window.frameTimes.splice(0, window.frameTimes.length - 1),
    longTasks: window.longTasks.splice(0),
  }));
  let dropped = 0;
  // A frame is dropped for each whole 1/60 s that one is late.
  for (let i = 1; i < times.length; ++i) {
    dropped += Math.max(0, Math.round(((times[i] - times[i - 1]) * 60) / 1000) - 1);
  }
  return { dropped: dropped / Math.max(1, dropped + times.length - 1), longTasks };
}

/** One stretch of watching the page, and an empty page beside it. */
async function watch({ stage, page, blank, cdp }) {
  const busySeconds = async () =>
    (await cdp.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration").value;
  await Promise.all([noted(page), noted(blank)]);
  const [busyBefore, before, begin] = [await busySeconds(), await stage.status(), performance.now()];
  const idleSince = watchIdle();
  await page.waitForTimeout(stretchSeconds * 1000);
  const idle = idleSince();
  const seconds = (performance.now() - begin) / 1000;
  const busy = ((await busySeconds()) - busyBefore) / seconds;
  const status = await stage.status();
  const sent = (status.live.frames_sent - before.live.frames_sent) / ((status.time - before.time) / 1000);
  const { dropped, longTasks } = await noted(page);
  const control = (await noted(blank)).dropped;
  return { busy, dropped, longTasks, sent, idle, control };
}

const percent = (share) => `${(share * 100).toFixed(1)} %`;
const inBudget = ({ busy, dropped, longTasks }) =>
  busy <= budgets.busy && dropped <= budgets.dropped && longTasks.length === budgets.longTasks;
const isCalm = ({ idle, control }) => idle >= calm.idle && control <= calm.dropped;

function describe({ busy, dropped, longTasks, sent, idle, control }) {
  return [
    `frames from the server  ${sent.toFixed(1)}/s`,
    `main thread busy        ${percent(busy)} of one core`,
    `animation frames        ${percent(dropped)} dropped; by an empty page beside it ${percent(control)}`,
    `tasks over 50 ms        ${longTasks.length === 0 ? "none" : `${longTasks.join(", ")} ms`}`,
    `machine                 ${percent(idle)} idle`,
  ].join("\n");
}

/** MiB after collection: of JavaScript's objects, and of typed arrays' contents. */
async function heapOf(cdp) {
  for (let i = 0; i < 3; ++i) await cdp.send("HeapProfiler.collectGarbage");
  const { usedSize, backingStorageSize = 0 } = await cdp.send("Runtime.getHeapUsage");
  return [usedSize, backingStorageSize].map((bytes) => bytes / 1024 / 1024);
}

test("60 frames a second, 200 series, 4 charts", { timeout: (soakSeconds + 90) * 1000 }, async () => {
  const stage = await Stage.open();
  const stopFeeding = feed(stage);
  try {
    await eventually(
      async () => (await stage.status()).store.series >= services * (2 * routes + 2),
      "200 series",
    );
    const blank = await openPage("about:blank");
    const page = await openPage(stage.url);
    await waitForPhase(page, "open");
    await page.waitForSelector("[data-chart=Latency] canvas");
    const cdp = await page.context().newCDPSession(page);
    // Processor time, not time on the clock: other programs on the machine are not the page's doing.
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.waitForTimeout(4000); // the load is over, and code is compiled
    await Promise.all([beginNoting(page), beginNoting(blank)]);

    const heaps = [await heapOf(cdp)];
    const stretches = [];
    const wanted = Math.max(2, Math.round(soakSeconds / stretchSeconds));
    while (stretches.length < wanted) {
      stretches.push(await watch({ stage, page, blank, cdp }));
      heaps.push(await heapOf(cdp));
    }
    const judged = stretches.filter(isCalm);
    const good = judged.filter(inBudget);
    const typical = good[0] ?? judged[0] ?? stretches[0];
    console.log(describe(typical));
    console.log(
      `stretches of ${stretchSeconds} s       ${stretches.length}, on a calm machine ${judged.length}, of those in budget ${good.length}`,
    );
    const [objects, arrays] = [0, 1].map((i) => heaps.map((heap) => heap[i]));
    const row = (sizes) => sizes.map((mib) => mib.toFixed(1)).join(", ");
    console.log(`heap, collected         ${row(objects)} MiB; typed arrays ${row(arrays)} MiB`);

    assert.deepEqual(page.problems, []);
    for (const { busy } of stretches) assert.ok(busy < hopelesslyBusy, `main thread busy ${percent(busy)}`);
    assert.ok(good.length * 2 >= judged.length, `over budget:\n${describe(typical)}`);
    if (judged.length === 0)
      console.log("The machine was too busy to tell whether the page keeps its budgets.");
    const growth = objects[objects.length - 1] - objects[0];
    assert.ok(growth <= objects[0] * 0.1 + 0.5, `the heap grows: ${row(objects)} MiB`);
  } finally {
    stopFeeding();
    await stage.close();
  }
});
