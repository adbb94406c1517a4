import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Workspace } from "./workspace.js";

// Waits for the end of its input, which comes when the emulator is gone, however it went. Then it kills what the
// workspace still records or owns (a process's environment names its node's folder, or its output goes there) and removes
// the workspace.
const script = `
cat >/dev/null
for round in 1 2 3 4 5; do
  for group in "$1"/groups/*; do
    [ -e "$group" ] && kill -s KILL -- "-\${group##*/}"
  done
  found=
  for entry in $(
    grep -lsF "AZ_BATCH_NODE_ROOT_DIR=$1/" /proc/[0-9]*/environ
    find /proc/[0-9]*/fd/[12] -lname "$1/*"
  ); do
    entry=\${entry#/proc/}
    kill -s KILL "\${entry%%/*}"
    found=yes
  done
  if [ -f "$1/container-engine" ]; then
    engine=$(cat "$1/container-engine")
    "$engine" ps --all --quiet --filter "label=azure-batch-emulator=$1" | xargs -r "$engine" rm --force
  fi
  [ -d "$1" ] && { chmod -R u+rwX "$1"; rm -rf "$1"; }
  [ -z "$found" ] && [ ! -e "$1" ] && exit
done
`;

/** A small process that outlives the emulator just long enough to leave nothing behind. */
export interface Guardian {
  /** Lets the guardian look and end; resolves when it has. */
  release(): Promise<void>;
}

/** Starts the guardian of a workspace. */
export function startGuardian(workspace: Workspace): Guardian {
  const child = spawn("/bin/sh", ["-c", script, "azure-batch-emulator-guardian", workspace.root], {
    cwd: "/",
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = once(child, "exit");
  child.stdin?.on("error", () => {});
  child.unref();

  return {
    async release() {
      child.ref();
      child.stdin?.end();
      await ended;
    },
  };
}
