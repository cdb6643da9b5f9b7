// Nodes come, fall silent and go; each with what became of all it sent.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, eventually, openPage, Stage } from "./support.mjs";

after(closeBrowser);

test("a node is live, then stale, then gone, and what was rejected of it stays in its ledger", async () => {
  const stage = await Stage.open({ args: ["--series-ttl", "15s"] });
  try {
    stage.demo();
    const page = await openPage(stage.url, { hash: "#/nodes" });
    await stage
      .send(["gauge queue_depth 12", "gauge queue_depth 1 2001-01-01T00:00:00Z"], { SERVICE_NAME: "batch" })
      .catch(() => undefined); // one of them is rejected
    const row = page.locator('tr[data-node="batch"]');
    const reads = (words) => eventually(async () => words.test(await row.innerText()), `${words}`, 30_000);
    await reads(/\blive\b/);
    await reads(/\b1 timestamp out of range\b/);
    await reads(/stale for \d/);
    await reads(/\bgone\b/);
    await reads(/\b1 timestamp out of range\b/);
    await page.keyboard.press("4");
    await eventually(
      async () => /Rejected\s+1 timestamp out of range/.test(await page.getByLabel("Ledger").innerText()),
      "the reason on System too",
    );
    assert.deepEqual(page.problems, []);
  } finally {
    await stage.close();
  }
});

test("numbers that change by themselves stand still while the page is paused", async () => {
  const stage = await Stage.open();
  try {
    stage.demo();
    const page = await openPage(stage.url, { hash: "#/nodes" });
    await page.locator("tr[data-node]").waitFor();
    // All but how long ago the page was paused.
    const main = async () => (await page.locator("main").innerText()).replace(/, [\d.]+ \S+ ago/, "");
    for (const [view, moving] of [
      ["1", /Throughput\s+ok\s+\d/],
      ["2", /demo-1\s+live\s+\d/],
      ["4", /Ingest\s+\d/],
    ]) {
      await page.keyboard.press(view);
      await eventually(async () => moving.test(await main()), `numbers on page ${view}`);
      await page.keyboard.press("Space");
      await page.getByRole("button", { name: "Resume" }).waitFor();
      // What was under way may still arrive; then all of it stays as it is for longer than anything here does.
      const still = await eventually(async () => {
        const text = await main();
        await page.waitForTimeout(2500);
        return text === (await main()) && text;
      }, "numbers that stand still");
      await page.keyboard.press("Space");
      await eventually(async () => (await main()) !== still, "numbers that go on");
    }
    assert.deepEqual(page.problems, []);
  } finally {
    await stage.close();
  }
});
