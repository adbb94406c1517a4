import { readFileSync } from "node:fs";
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
  const { host, path, storage } = values;
  if ((values.cert === undefined) !== (values["cert-key"] === undefined)) {
    throw new UsageError("--cert and --cert-key belong together: give both or none");
  }
  const emulator: EmulatorOptions = {
    ...(host === undefined ? {} : { host }),
    ...(values.port === undefined ? {} : { port: portOf(values.port) }),
    ...(values["account-name"] === undefined ? {} : { accountName: accountNameOf(values["account-name"]) }),
    ...(values["account-key"] === undefined ? {} : { accountKey: keyOf(values["account-key"]) }),
    ...(storage === undefined ? {} : { storage }),
    ...(values.cert === undefined || values["cert-key"] === undefined
      ? {}
      : { tls: { cert: pem("--cert", values.cert), key: pem("--cert-key", values["cert-key"]) } }),
    ...(values.speed === undefined ? {} : { speed: speedOf(values.speed) }),
    ...(path === undefined ? {} : { path }),
  };
  return { emulator, exitWithStdin: values["exit-with-stdin"] ?? false, help: values.help ?? false };
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
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new UsageError(`--port ${text} is no port: give a whole number from 0 to 65535`);
}

function speedOf(text: string): number {
  const speed = Number(text);
  if (Number.isFinite(speed) && speed > 0) return speed;
  throw new UsageError(`--speed ${text} is no speed: give a number greater than 0`);
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

function pem(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `${option} ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}
