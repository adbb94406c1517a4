import { InvalidArgumentError } from "../../errors/index.js";
import type { StageSettings } from "../../protocol/task-settings.js";
import type { PreparedWork } from "../../work/prepared-work.js";
import type { FileStage } from "../file-stage.js";
import { stageWork } from "../preparation.js";
import type { ResolvedMapOptions } from "./stage-options.js";

type Options = Pick<
  ResolvedMapOptions,
  "retries" | "timeout" | "workersPerTask" | "files" | "env" | "onError"
>;

/** Puts what a stage's tasks need onto the file stage; gives the blob that says what that is. */
export async function stageSettings(
  stage: FileStage,
  work: Pick<PreparedWork, "kind" | "files" | "python">,
  options: Options,
  sharedText: string | undefined,
): Promise<string> {
  if (work.python !== undefined) {
    throw new InvalidArgumentError(
      "The requirements of a Python script are set up when a node begins with a job: only the first run can have them.",
      { option: "requirements" },
    );
  }
  const assets = await stageWork(stage, work, options.files, sharedText);
  const settings: StageSettings = {
    work: work.kind,
    retries: options.retries,
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    ...(options.workersPerTask === undefined ? {} : { workers: options.workersPerTask }),
    files: options.files.map(({ as }) => as),
    stopOnFailure: options.onError === "stop",
    env: options.env,
    assets,
  };
  return stage.add({ content: JSON.stringify(settings) }, "stage.json", "work");
}
