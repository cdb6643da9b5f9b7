import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// While developing, the page comes from here and its data from a running obs-aggregate.
const aggregator = process.env.OBS_URL ?? "http://localhost:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2021",
    outDir: process.env.OBS_DASHBOARD_DIST ?? "dist",
    emptyOutDir: true,
    // Everything is a file of its own: the Content-Security-Policy allows nothing inline, data: included.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      "/api": aggregator,
      "/health": aggregator,
      "/ws": { target: aggregator, ws: true },
    },
  },
  preview: {
    proxy: { "/api": aggregator, "/health": aggregator, "/ws": { target: aggregator, ws: true } },
  },
  test: { include: ["tests/unit/**/*.test.ts"], environment: "node" },
});
