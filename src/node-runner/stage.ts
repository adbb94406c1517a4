import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { PREPARED, type StageSettings } from "../protocol/task-settings.js";
import type { RunContainer } from "./storage/run-container.js";
import type { Task } from "./task.js";

/** How many of a stage's files are downloaded at a time. */
const AT_ONCE = 4;

/**
 * The task as its stage has it: with the stage's function and files, in the place of those that job preparation brought. They
 * are brought once for each node, by the first task of the stage there, and go with the job's other files.
 */
export async function enterStage(task: Task, stage: string, container: RunContainer): Promise<Task> {
  const text = await container.readOutput(stage);
  if (text === undefined) throw new Error(`The stage's settings ${stage} are missing in storage.`);
  const { env, assets, ...settings } = JSON.parse(text) as StageSettings;
  const folder = join(task.prepared, PREPARED.stages, dirname(stage).split("/").join("-"));
  if (!existsSync(folder)) await bringAssets(folder, assets, container);
  const { timeout: _, workers, ...run } = task.run;
  return {
    ...task,
    run: { ...run, ...(workers === undefined ? {} : { workers }), ...settings },
    prepared: folder,
    files: join(folder, PREPARED.files),
    environment: { ...task.environment, ...env },
  };
}

/** Fills the folder, which appears when it is whole: tasks of the same stage may do this at once. */
async function bringAssets(
  folder: string,
  assets: StageSettings["assets"],
  container: RunContainer,
): Promise<void> {
  const incomplete = `${folder}.${randomBytes(6).toString("hex")}`;
  mkdirSync(incomplete, { recursive: true });
  try {
    const queue = assets.values();
    const bringSome = async () => {
      for (const { name, blob } of queue) {
        const file = join(incomplete, name);
        mkdirSync(dirname(file), { recursive: true });
        await container.download(blob, file);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, bringSome));
    renameSync(incomplete, folder);
  } catch (error) {
    rmSync(incomplete, { recursive: true, force: true });
    // Another task was faster.
    if (!existsSync(folder)) throw error;
  }
}
