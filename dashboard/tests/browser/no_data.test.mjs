// A new aggregator, to which nothing has been sent yet.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, eventually, openPage, Stage } from "./support.mjs";

after(closeBrowser);

test("says so, with the command that sends some; charts then appear by themselves", async () => {
  const stage = await Stage.open();
  try {
    const page = await openPage(stage.url);
    await page.getByRole("heading", { name: "No data yet" }).waitFor();
    const command = await page.locator("pre").first().innerText();
    await eventually(
      async () => (await page.locator("body").innerText()).includes(`:${stage.ports.grpc} obs-agent --demo`),
      "a command with the port of this aggregator",
    );
    assert.match(command, /obs-agent --demo/);
    stage.demo();
    await page.waitForSelector("[data-chart=Latency] canvas");
    await page.getByRole("heading", { name: "No data yet" }).waitFor({ state: "hidden" });
    assert.deepEqual(page.problems, []);
  } finally {
    await stage.close();
  }
});
