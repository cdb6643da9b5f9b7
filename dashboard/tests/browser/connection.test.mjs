// The state of the connection, always in sight.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, eventually, openPage, Stage } from "./support.mjs";

after(closeBrowser);

/** A frame without news, before which others were skipped: LiveFrame's seq, timestamp and skipped. */
function skippingFrame(skipped) {
  const bytes = [];
  const varint = (value) => {
    for (; value > 0x7fn; value >>= 7n) bytes.push(Number(value & 0x7fn) | 0x80);
    bytes.push(Number(value));
  };
  [1, 1_000_000, 2, Date.now() * 1000, 3, skipped].forEach((value, i) =>
    varint(i % 2 === 0 ? BigInt(value) << 3n : BigInt(value)),
  );
  return Buffer.from(bytes);
}

test("says how many frames come, how old the newest sample is, and how many were skipped, on every page", async () => {
  const stage = await Stage.open();
  try {
    stage.demo();
    const page = await openPage();
    const sockets = [];
    await page.routeWebSocket(/\/ws/, (socket) => {
      const server = socket.connectToServer();
      sockets.push(socket);
      server.onMessage((message) => socket.send(message));
    });
    await page.goto(stage.url);
    const state = page.getByTestId("connection");
    const reads = (words) => eventually(async () => words.test(await state.innerText()), `${words}`);
    for (const view of ["1", "2", "3", "4"]) {
      await page.keyboard.press(view);
      await reads(/live\s+[1-9]\d* frames\/s\s+\d+ ms old\s+0 skipped/);
    }
    const bytes = skippingFrame(7);
    for (const socket of sockets) socket.send(bytes);
    await reads(/\b7 skipped/);
    assert.deepEqual(page.problems, []);
  } finally {
    await stage.close();
  }
});
