import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { parseArgs } from "node:util";
import type { EmulatorOptions } from "./index.js";

/** What the command line asked for. */
export interface CliOptions {
  emulator: EmulatorOptions;
  exitWithStdin: boolean;
  help: boolean;
}

export const usage = `azure-batch-emulator [options]

Serves the Azure Batch data plane on this machine. Prints one JSON line when ready:
{"batchUrl":…,"accountName":…,"accountKey":…}

  --host HOST                    loopback address to listen on (default 127.0.0.1)
  --port PORT                    port to listen on (default 0: any free one)
  --account-name NAME            name of the Batch account (default devbatchaccount)
  --account-key BASE64           its key (default: a new one, printed)
  --storage CONNECTION_STRING    the storage account that is linked to it
  --cert PEM --cert-key PEM      files of a certificate and its key: serve HTTPS
  --bearer-audience AUDIENCE     take bearer tokens of this audience too; their signature is not checked
  --metadata-service URL         where nodes get tokens of managed identities, instead of a virtual machine's own service
  --applications FOLDER          application packages: <application>/<version>.zip or <application>/<version>/
  --pool-quota N                 most pools (default: no limit, as for the other quotas)
  --job-quota N                  most active jobs and job schedules
  --core-quota N                 most cores of dedicated nodes
  --low-priority-core-quota N    most cores of Spot nodes
  --speed N                      divide the service's own waits by N (default 1)
  --path PATHLIST                the PATH of tasks (default: the system's directories)
  --exit-with-stdin              end when the standard input is closed
  --help                         show this
`;

/** A command line that makes no sense; the message says what to change. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads the command line. */
export function readCliOptions(args: string[]): CliOptions {
  const values = parse(args);
  for (const [name, value] of Object.entries(values)) {
    if (value === "") throw new UsageError(`--${name} is empty: give it a value, or leave it out`);
  }
  if ((values.cert === undefined) !== (values["cert-key"] === undefined)) {
    throw new UsageError("--cert and --cert-key belong together: give both or none");
  }
  const given: EmulatorOptions = {
    host: values.host,
    port: mapped(values.port, portOf),
    accountName: mapped(values["account-name"], accountNameOf),
    accountKey: mapped(values["account-key"], keyOf),
    storage: values.storage,
    tls: tlsOf(values.cert, values["cert-key"]),
    bearerAudience: values["bearer-audience"],
    metadataService: mapped(values["metadata-service"], urlOf),
    applications: mapped(values.applications, folderOf),
    quotas: withoutUndefined({
      pools: mapped(values["pool-quota"], (text) => countOf("--pool-quota", text)),
      activeJobsAndSchedules: mapped(values["job-quota"], (text) => countOf("--job-quota", text)),
      dedicatedCores: mapped(values["core-quota"], (text) => countOf("--core-quota", text)),
      lowPriorityCores: mapped(values["low-priority-core-quota"], (text) =>
        countOf("--low-priority-core-quota", text),
      ),
    }),
    speed: mapped(values.speed, speedOf),
    path: values.path,
  };
  return {
    emulator: withoutUndefined(given),
    exitWithStdin: values["exit-with-stdin"] ?? false,
    help: values.help ?? false,
  };
}

function mapped<T>(text: string | undefined, read: (text: string) => T): T | undefined {
  return text === undefined ? undefined : read(text);
}

function withoutUndefined<T extends object>(options: { [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        host: { type: "string" },
        port: { type: "string" },
        "account-name": { type: "string" },
        "account-key": { type: "string" },
        storage: { type: "string" },
        cert: { type: "string" },
        "cert-key": { type: "string" },
        "bearer-audience": { type: "string" },
        "metadata-service": { type: "string" },
        applications: { type: "string" },
        "pool-quota": { type: "string" },
        "job-quota": { type: "string" },
        "core-quota": { type: "string" },
        "low-priority-core-quota": { type: "string" },
        speed: { type: "string" },
        path: { type: "string" },
        "exit-with-stdin": { type: "boolean" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function portOf(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new UsageError(`--port ${text} is no port: give a whole number from 0 to 65535`);
}

function urlOf(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text;
  throw new UsageError(`--metadata-service ${text} is no URL: give one such as http://127.0.0.1:8080`);
}

function speedOf(text: string): number {
  const speed = Number(text);
  if (Number.isFinite(speed) && speed > 0) return speed;
  throw new UsageError(`--speed ${text} is no speed: give a number greater than 0`);
}

function countOf(option: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`${option} ${text} is no quota: give a whole number`);
}

function accountNameOf(text: string): string {
  if (/^[a-z0-9]{3,24}$/.test(text)) return text;
  throw new UsageError(
    `--account-name ${text} is no account name: give 3 to 24 lower-case letters and digits`,
  );
}

function keyOf(text: string): string {
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.length % 4 === 0) return text;
  throw new UsageError("--account-key is not Base64");
}

function tlsOf(cert: string | undefined, key: string | undefined): EmulatorOptions["tls"] {
  if (cert === undefined || key === undefined) return undefined;
  const tls = { cert: pem("--cert", cert), key: pem("--cert-key", key) };
  try {
    createSecureContext(tls);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new UsageError(`--cert ${cert} and --cert-key ${key} are no certificate with its key: ${reason}`);
  }
  return tls;
}

function folderOf(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  throw new UsageError(`--applications ${path} is no folder`);
}

function pem(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `${option} ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}
