// Pictures of every view, in both themes and on a phone; into OBS_ARTIFACTS_DIR, for people to look at.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { closeBrowser, eventually, openPage, screenshot, Stage, waitForPhase } from "./support.mjs";

let stage;

before(async () => {
  stage = await Stage.open();
  stage.demo("shop");
  stage.demo("checkout");
  stage.run("obs-agent", ["--collect", "host"], { SERVICE_NAME: "machine" });
  const enough = Number(process.env.OBS_LOOKS_SECONDS ?? 3);
  await eventually(
    async () => (await stage.status()).uptime_seconds > enough,
    "something to look at",
    enough * 1000 + 10_000,
  );
});

after(async () => {
  await closeBrowser();
  await stage.close();
});

const views = {
  overview: "#/overview",
  nodes: "#/nodes",
  browse: "#/explore",
  explore: "#/explore?match=node_load*",
  overlay: "#/explore?match=demo_requests_total&layout=overlay",
  system: "#/system",
};

/** Texts whose colour stands out from what is behind them by less than 4.5 to 1 (WCAG 1.4.3). */
function faintTexts() {
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((c) =>
      c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const behind = (element) => {
    const layers = [];
    for (let at = element; at !== null; at = at.parentElement) {
      layers.unshift(channels(getComputedStyle(at).backgroundColor));
    }
    return layers.reduce(
      (below, [r, g, b, a = 1]) => below.map((c, i) => c * (1 - a) + [r, g, b][i] * a),
      [255, 255, 255],
    );
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (text.length === 0 || element.closest(":disabled, .sr-only, noscript") !== null) continue;
    if (element.getClientRects().length === 0) continue;
    const [a, b] = [luminance(channels(getComputedStyle(element).color)), luminance(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${text[0].data.trim()}: ${ratio.toFixed(2)}`);
  }
  return faint;
}

for (const theme of ["light", "dark"]) {
  test(`in the ${theme} theme`, async () => {
    const page = await openPage(stage.url, { theme });
    await waitForPhase(page, "open");
    for (const [name, hash] of Object.entries(views)) {
      await page.goto(`${stage.url}/${hash}`);
      await page.waitForTimeout(1500);
      await screenshot(page, `${name}-${theme}`);
      assert.deepEqual(await page.evaluate(faintTexts), [], `${name}, ${theme}`);
    }
    const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(dark === "rgb(11, 15, 22)", theme === "dark");
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });
}

test("on a phone nothing is wider than the screen", async () => {
  const page = await openPage(stage.url, { width: 390, height: 844, theme: "light" });
  await waitForPhase(page, "open");
  for (const [name, hash] of Object.entries(views)) {
    await page.goto(`${stage.url}/${hash}`);
    await page.waitForTimeout(1000);
    await screenshot(page, `${name}-phone`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${name} is ${overflow} px too wide`);
  }
  assert.deepEqual(page.problems, []);
});
