import { defineConfig } from "vitest/config";

const jsonReport = process.env.VITEST_JSON;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // These run on a real account: npm run test:live.
    exclude: ["test/live/**", "**/node_modules/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: ["test/property-seed.ts"],
    maxWorkers: 2,
    reporters: jsonReport === undefined ? ["default"] : ["default", ["json", { outputFile: jsonReport }]],
  },
});
