// Fails if a built page is heavier than it may be:  node size.mjs DIST

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const limitKilobytes = 150;

const filesIn = (directory) =>
  readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });

const sizes = filesIn(process.argv[2]).map((path) => [
  path,
  gzipSync(readFileSync(path), { level: 9 }).length / 1000,
]);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
for (const [path, size] of sizes) console.log(`${size.toFixed(1).padStart(7)} kB  ${path}`);
console.log(`${total.toFixed(1).padStart(7)} kB gzipped in all, of ${limitKilobytes}`);
process.exit(total > limitKilobytes ? 1 : 0);
