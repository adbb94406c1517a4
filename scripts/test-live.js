// `npm run test:live`: the tests of test/live on the account that the environment names. They cost money: how much is said
// before and after. `--no-build` takes dist/ as it is.
import { execFileSync, spawnSync } from "node:child_process";

const isSet = (name) => (process.env[name] ?? "").trim() !== "";
const missing = ["AZURE_BATCH_ENDPOINT", "AZURE_BATCH_ACCOUNT"].filter((name) => !isSet(name));
const storage = ["AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_BLOB_ENDPOINT", "AZURE_STORAGE_ACCOUNT"];
if (!storage.some(isSet)) missing.push(storage[0]);

if (missing.length > 0) {
  console.error(
    `npm run test:live runs tests on a real Batch account, and these variables are not set: ${missing.join(", ")}.\n` +
      "Set them, and AZURE_BATCH_ACCESS_KEY where Entra ID is not to sign in. In place of the connection string " +
      "AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_BLOB_ENDPOINT will do with Entra ID.",
  );
  process.exit(2);
}

if (!process.argv.includes("--no-build")) {
  execFileSync(process.execPath, ["scripts/build.js", "--no-types"], { stdio: "inherit" });
}
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.live.config.ts"];
const { status } = spawnSync(process.execPath, vitest, { stdio: "inherit" });
process.exitCode = status ?? 1;
