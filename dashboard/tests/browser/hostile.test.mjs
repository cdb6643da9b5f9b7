// Names and labels are untrusted text, and frames may be garbage.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, eventually, openPage, Stage, waitForPhase } from "./support.mjs";

after(closeBrowser);

const markup = `<img src=x onerror="window.owned=1"><script>window.owned=1</script>`;

test("markup in names and labels is shown as text, everywhere", async () => {
  const stage = await Stage.open();
  try {
    const gauge = (name, value) => JSON.stringify({ kind: "gauge", name, labels: { label: markup }, value });
    const send = () =>
      stage.send([gauge(`rps`, 1), gauge(`${markup} depth`, 2), gauge("error_rate", 0.1)], {
        SERVICE_NAME: `s${markup}`,
        INSTANCE_ID: `i${markup}`,
      });
    await send();
    const page = await openPage(stage.url);
    await page.waitForSelector("[data-chart=Throughput] canvas");
    const pages = [
      "#/overview",
      "#/nodes",
      "#/explore?match=*",
      `#/explore?match=*&layout=overlay&pin=*`,
      "#/system",
    ];
    for (const hash of [...pages, "#/overview?pin=*"]) {
      await page.goto(`${stage.url}/${hash}`);
      await send();
      await eventually(
        async () => (await page.locator("body").innerText()).includes("<img src=x"),
        `text on ${hash}`,
      );
    }
    await page.keyboard.press("/");
    await page.keyboard.type('*{label="');
    await page.getByRole("option").first().waitFor();
    assert.match(await page.getByRole("option").first().innerText(), /<img/);
    assert.equal(await page.evaluate(() => window.owned), undefined);
    assert.equal(await page.locator("#page img:not([src='/favicon.svg'])").count(), 0);
    assert.equal(await page.locator("body script").count(), 0);
    assert.deepEqual(page.problems, []);
  } finally {
    await stage.close();
  }
});

test("the page comes with a policy that lets nothing but its own files run", async () => {
  const stage = await Stage.open();
  try {
    const answer = await fetch(stage.url);
    const policy = answer.headers.get("content-security-policy");
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|data:|https?:/);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    assert.equal(answer.headers.get("cache-control"), "no-cache");
    const script = /src="(\/assets\/[^"]+)"/.exec(await answer.text())[1];
    const asset = await fetch(stage.url + script);
    assert.match(asset.headers.get("cache-control"), /immutable/);
    assert.match(asset.headers.get("content-type"), /javascript/);

    const page = await openPage(stage.url);
    await waitForPhase(page, "open");
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      try {
        script.textContent = "window.owned = 1";
        document.body.append(script);
      } catch {
        // Trusted Types forbid even the attempt
      }
      return window.owned;
    });
    assert.equal(ran, undefined);
  } finally {
    await stage.close();
  }
});

test("malformed frames are counted and skipped, and the page goes on", async () => {
  const stage = await Stage.open();
  try {
    stage.demo();
    const page = await openPage();
    let sockets = [];
    await page.routeWebSocket(/\/ws/, (socket) => {
      const server = socket.connectToServer();
      sockets.push(socket);
      server.onMessage((message) => socket.send(message));
    });
    await page.goto(stage.url);
    await page.waitForSelector("[data-chart=Latency] canvas");
    const garbage = [
      Buffer.from("no frame at all"),
      Buffer.from([]),
      Buffer.from([0x08, 0x05, 0x10]),
      Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      Buffer.from([0x08, 0x02, 0x10, 0x80, 0x80, 0xc0, 0xd6, 0xf3, 0xfb, 0x82, 0x03, 0x32, 0x01, 0x7f]),
    ];
    for (const socket of sockets) for (const bytes of garbage) socket.send(bytes);
    await eventually(
      async () => /1\d malformed/.test(await page.getByTestId("connection").innerText()),
      "all of them counted",
    );
    await waitForPhase(page, "open");
    const card = page.locator("[data-card=throughput]");
    const before = await card.innerText();
    await eventually(async () => (await card.innerText()) !== before, "values that go on");
    assert.deepEqual(page.problems, []);
  } finally {
    await stage.close();
  }
});
