// Whether the machine has time left: a figure taken while others want its processors tells of them.

import { readFileSync } from "node:fs";

/** Jiffies of all processors since the start: idle ones, and all. */
function jiffies() {
  const [line] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user, nice, system, idle, iowait, irq, softirq, steal] = line.split(/\s+/).slice(1).map(Number);
  return { idle: idle + iowait, all: user + nice + system + idle + iowait + irq + softirq + steal };
}

/** Returns a function that tells the share of the processors' time that nobody has wanted since. */
export function watchIdle() {
  const before = jiffies();
  return () => {
    const now = jiffies();
    return (now.idle - before.idle) / Math.max(1, now.all - before.all);
  };
}
