// A tab that nobody sees.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, eventually, inkOf, openPage, Stage } from "./support.mjs";

after(closeBrowser);

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
