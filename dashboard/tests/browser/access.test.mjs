// Keys: asked for, sent so that they appear nowhere, kept for the session.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, openPage, Stage, waitForPhase } from "./support.mjs";

after(closeBrowser);

const key = "k3y+of/the=house";

test("a wrong key is refused in words, the right one lets in, and neither shows anywhere", async () => {
  const stage = await Stage.open({ env: { TELEMETRY_API_KEYS: key, LOG_LEVEL: "trace" } });
  try {
    stage.demo();
    const page = await openPage();
    const urls = [];
    page.on("request", (request) => urls.push(request.url()));
    page.on("websocket", (socket) => urls.push(socket.url()));
    await page.goto(stage.url);
    await page.getByRole("heading", { name: "A key is needed" }).waitFor();
    await page.getByPlaceholder("Key").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "This key is not accepted" }).waitFor();
    await page.getByPlaceholder("Key").fill(key);
    await page.keyboard.press("Enter");
    await waitForPhase(page, "open");
    await page.waitForSelector("[data-chart=Latency] canvas");

    await page.keyboard.press("4");
    await page.locator("[data-figure=Watchers]").waitFor(); // the HTTP API takes it too
    await page.reload();
    await waitForPhase(page, "open"); // still the same session

    urls.push(page.url());
    assert.ok(
      urls.every((url) => !url.includes("k3y") && !url.includes("wrong")),
      urls.join("\n"),
    );
    assert.ok(!stage.aggregator.log.includes("k3y"));
    const kept = await page.evaluate(() => [
      Object.values(sessionStorage),
      Object.values(localStorage).length,
      document.cookie,
    ]);
    assert.deepEqual(kept, [[key], 0, ""]);

    const other = await openPage(stage.url); // another session has none
    await other.getByRole("heading", { name: "A key is needed" }).waitFor();
    assert.deepEqual([...page.problems, ...other.problems], []);
  } finally {
    await stage.close();
  }
});
