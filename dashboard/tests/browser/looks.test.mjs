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
  explore: "#/explore?match=node_load*",
  overlay: "#/explore?match=demo_requests_total&layout=overlay",
  system: "#/system",
};

for (const theme of ["light", "dark"]) {
  test(`in the ${theme} theme`, async () => {
    const page = await openPage(stage.url, { theme });
    await waitForPhase(page, "open");
    for (const [name, hash] of Object.entries(views)) {
      await page.goto(`${stage.url}/${hash}`);
      await page.waitForTimeout(1500);
      await screenshot(page, `${name}-${theme}`);
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
