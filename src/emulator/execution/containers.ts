import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { accessSync, constants, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FailureInfo } from "../state/failure.js";
import type { ContainerSettings } from "../state/specs.js";
import { splitCommandLine } from "./command-line.js";

/** A program of this computer that runs containers. */
export interface ContainerEngine {
  readonly program: string;
}

/** What to start for a task in a container, and how to end it. */
export interface ContainerCommand {
  command: string[];
  /** Resolves when the container is gone, or the engine does not answer. */
  kill(): Promise<void>;
}

// By this label the guardian finds the containers of an emulator that was killed, and by the file `container-engine` the
// program that runs them.
const containerLabel = "azure-batch-emulator";

/** Looks for docker or podman in a list of folders. */
export function findContainerEngine(path: string): ContainerEngine | undefined {
  for (const name of ["docker", "podman"]) {
    for (const folder of path.split(":")) {
      const program = join(folder, name);
      if (isExecutable(program)) return { program };
    }
  }
  return undefined;
}

function isExecutable(program: string): boolean {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where a container finds its task's files. */
export interface ContainerPlace {
  /** The emulator's folder, which labels the container. */
  workspace: string;
  /** Mounted under the same path. */
  nodeRoot: string;
  workingDirectory: string;
  environment: Record<string, string>;
}

/** Wraps a command into a container. The values of variables come from the engine's own environment, not its arguments. */
export function inContainer(
  engine: ContainerEngine,
  settings: ContainerSettings,
  words: string[],
  place: ContainerPlace,
): ContainerCommand {
  const name = `azure-batch-${randomUUID()}`;
  writeFileSync(join(place.workspace, "container-engine"), engine.program);
  const { nodeRoot, workingDirectory, environment } = place;
  const command = [
    engine.program,
    "run",
    "--rm",
    ...["--name", name],
    ...["--label", `${containerLabel}=${place.workspace}`],
    ...["--volume", `${nodeRoot}:${nodeRoot}`],
    ...(settings.workingDirectory === "containerImageDefault" ? [] : ["--workdir", workingDirectory]),
    ...Object.keys(environment)
      .filter((variable) => !["PATH", "HOME", "USER"].includes(variable))
      .flatMap((variable) => ["--env", variable]),
    ...splitCommandLine(settings.containerRunOptions ?? ""),
    settings.imageName,
    ...words,
  ];
  return { command, kill: () => removeContainer(engine, name, environment) };
}

const removalTimeout = 10_000;

function removeContainer(
  engine: ContainerEngine,
  name: string,
  environment: Record<string, string>,
): Promise<void> {
  // A task's processes are found and killed by these variables, and this one must not be among them.
  const env = Object.fromEntries(
    Object.entries(environment).filter(([variable]) => !variable.startsWith("AZ_BATCH_")),
  );
  return new Promise((resolve) => {
    // Unlike `kill`, this takes also a container that is created and does not run yet.
    const remover = spawn(engine.program, ["rm", "--force", name], {
      env,
      stdio: "ignore",
      timeout: removalTimeout,
    });
    remover.once("error", () => resolve());
    remover.once("exit", () => resolve());
  });
}

/** What the engine exits with when it could not start the container. */
export const engineFailed = 125;

export const imageFailure: FailureInfo = {
  category: "UserError",
  code: "ContainerInvalidImage",
  message: "One or more container images specified are invalid",
  details: [
    {
      name: "Message",
      value: "The container engine could not start the image; its message is in stderr.txt",
    },
  ],
};

export const noEngine: FailureInfo = {
  category: "UserError",
  code: "ContainerMiscError",
  message: "The task's container could not be started",
  details: [{ name: "Message", value: "This computer has neither docker nor podman in the PATH of tasks" }],
};

export const poolWithoutContainers: FailureInfo = {
  category: "UserError",
  code: "TaskSchedulingConstraintFailed",
  message: "The task has container settings, but its pool has no container configuration",
};
