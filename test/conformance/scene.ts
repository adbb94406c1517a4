import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { until } from "../emulator/support/until.js";
import { type Json, type JsonObject, objectOf, objectsOf, textOf } from "./json.js";
import { type AnyStorage, startStorage } from "./storage.js";
import { send, type WireAnswer } from "./wire-client.js";

/** An emulated account, and what its tasks find on this computer. */
export interface Scene {
  readonly emulator: Emulator;
  readonly storage: AnyStorage;
  /** The recordings' certificates, by thumbprint. */
  readonly certificates: ReadonlyMap<string, string>;
  /** The version that requests are sent in. */
  apiVersion: string;
  send(method: string, path: string, body?: Json): Promise<WireAnswer>;
  /** Sends a path that names its api-version itself. */
  replay(method: string, path: string, body?: Json): Promise<WireAnswer>;
  /** Posts, and fails unless the service takes it. */
  post(path: string, body?: Json): Promise<void>;
  /** Reads until it holds; gives what was read last. */
  waitFor(path: string, holds: (body: JsonObject) => boolean): Promise<JsonObject>;
  /** Lets Windows commands that begin from now on wait, until `release`, and then end with a code. */
  hold(): void;
  release(): void;
  exitWith(code: number): void;
  /** Puts a package where the account looks for them. */
  addPackage(application: string, version: string): void;
  /** Deletes all that is in the account. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

// The recorded tasks are commands of Windows; this computer runs their text by its own shell.
const cmd = (folder: string): string => `#!/bin/sh
while [ -e '${folder}/hold' ]; do sleep 0.02; done
shift
sh -c "$*"
read -r code <'${folder}/exit-code'
exit "$code"
`;

export async function startScene(speed: number, certificates: ReadonlyMap<string, string>): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  const programs = join(folder, "bin");
  const packages = join(folder, "packages");
  const held = join(folder, "hold");
  mkdirSync(programs);
  mkdirSync(packages);
  writeFileSync(join(programs, "cmd"), cmd(folder));
  chmodSync(join(programs, "cmd"), 0o755);
  const storage = await startStorage();
  const emulator = await startEmulator({ speed, path: `${programs}:/usr/bin:/bin`, applications: packages });

  const scene: Scene = {
    emulator,
    storage,
    certificates,
    apiVersion: "2022-10-01.16.0",
    send: (method, path, body) =>
      send(emulator, method, `${path}${path.includes("?") ? "&" : "?"}api-version=${scene.apiVersion}`, body),
    replay: (method, path, body) => send(emulator, method, path, body),
    async post(path, body) {
      const answer = await scene.send("POST", path, body);
      if (answer.status < 300) return;
      throw new Error(
        `POST ${path} of ${JSON.stringify(body)}: ${answer.status} ${JSON.stringify(answer.body)}`,
      );
    },
    waitFor: (path, holds) =>
      until(async () => {
        const body = objectOf((await scene.send("GET", path)).body);
        return holds(body) && body;
      }),
    hold: () => writeFileSync(held, ""),
    release: () => rmSync(held, { force: true }),
    exitWith: (code) => writeFileSync(join(folder, "exit-code"), `${code}\n`),
    addPackage(application, version) {
      const place = join(packages, application, version);
      if (!existsSync(place)) mkdirSync(place, { recursive: true });
    },
    async clear() {
      scene.release();
      scene.exitWith(0);
      for (const list of ["/jobschedules", "/jobs", "/pools"]) await deleteAll(scene, list);
      for (const { thumbprint } of objectsOf(
        objectOf((await scene.send("GET", "/certificates")).body).value,
      )) {
        await scene.send("DELETE", certificatePath(textOf(thumbprint)));
      }
      await scene.waitFor("/certificates", isEmptyList);
    },
    async close() {
      await emulator.close();
      await storage.close();
      rmSync(folder, { recursive: true });
    },
  };
  scene.exitWith(0);
  return scene;
}

export function certificatePath(thumbprint: string): string {
  return `/certificates(thumbprintAlgorithm=sha1,thumbprint=${thumbprint})`;
}

async function deleteAll(scene: Scene, list: string): Promise<void> {
  const found = objectsOf(objectOf((await scene.send("GET", list)).body).value);
  for (const { id } of found) await scene.send("DELETE", `${list}/${textOf(id)}`);
  if (found.length > 0) await scene.waitFor(list, isEmptyList);
}

function isEmptyList(body: JsonObject): boolean {
  return objectsOf(body.value).length === 0;
}
