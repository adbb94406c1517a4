import { defineConfig } from "vitest/config";

/** A real account: nodes take minutes to come, and everything is made once and used by all. */
export default defineConfig({
  test: {
    include: ["test/live/**/*.test.ts"],
    globalSetup: ["test/live/support/account.ts"],
    fileParallelism: false,
    testTimeout: 30 * 60_000,
    hookTimeout: 30 * 60_000,
    teardownTimeout: 15 * 60_000,
  },
});
