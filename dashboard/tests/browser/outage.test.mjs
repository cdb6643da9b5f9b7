// A server that is gone, and comes back.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, eventually, inkOf, openPage, Stage, waitForPhase } from "./support.mjs";

after(closeBrowser);

test("when the aggregator goes, the page says so, keeps the last picture, and comes back by itself", async () => {
  let stage = await Stage.open();
  try {
    stage.demo();
    await eventually(async () => (await stage.status()).ledger.accepted > 500, "samples");
    const page = await openPage(stage.url);
    await waitForPhase(page, "open");
    await eventually(async () => (await inkOf(page, "Throughput")).share > 0.02, "a chart");
    const { ports } = stage;
    await stage.close();
    await page.getByTestId("gone").waitFor();
    assert.match(await page.getByRole("timer").innerText(), /Trying again in \d+ s|Connecting/);
    assert.ok((await inkOf(page, "Throughput")).share > 0.02, "the last picture stays");

    stage = await Stage.open({ ports });
    stage.demo();
    await waitForPhase(page, "open", 30_000);
    await page.getByTestId("gone").waitFor({ state: "hidden" });
    await eventually(
      async () => /\d\/s/.test(await page.locator("[data-card=throughput]").innerText()),
      "new values",
    );
    assert.deepEqual(page.problems, []);
  } finally {
    await stage.close();
  }
});

test("a page whose aggregator cannot be reached counts down, and can be told to hurry", async () => {
  const stage = await Stage.open();
  const page = await openPage();
  try {
    stage.demo();
    let down = true;
    await page.route(/\/api\//, (route) => (down ? route.abort() : route.continue()));
    await page.routeWebSocket(/\/ws/, (socket) => {
      if (down) void socket.close();
      else socket.connectToServer();
    });
    await page.goto(stage.url);
    await page.getByRole("heading", { name: "The aggregator cannot be reached" }).waitFor();
    await page.getByText(/Trying again in \d+ s/).waitFor();
    down = false;
    const button = page.getByRole("button", { name: "Try now" });
    await button.click({ timeout: 5000 }).catch(() => undefined); // it may have come back meanwhile
    await waitForPhase(page, "open");
  } finally {
    await stage.close();
  }
});
