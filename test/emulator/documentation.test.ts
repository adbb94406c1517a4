import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { usage } from "../../src/emulator/cli-options.js";
import type { Operation } from "../../src/emulator/http/operation.js";
import { routeTable } from "../../src/emulator/operations/route-table.js";

const docs = readFileSync(new URL("../../docs/emulator.md", import.meta.url), "utf8");

/** The operations of api-version 2022-10-01.16.0, as Microsoft's REST reference lists them. */
const serviceOperations = `
  Account_ListPoolNodeCounts Account_ListSupportedImages
  Application_Get Application_List
  Certificate_Add Certificate_CancelDeletion Certificate_Delete Certificate_Get Certificate_List
  ComputeNode_AddUser ComputeNode_DeleteUser ComputeNode_DisableScheduling ComputeNode_EnableScheduling ComputeNode_Get
  ComputeNode_GetRemoteDesktop ComputeNode_GetRemoteLoginSettings ComputeNode_List ComputeNode_Reboot
  ComputeNode_Reimage ComputeNode_UpdateUser ComputeNode_UploadBatchServiceLogs
  ComputeNodeExtension_Get ComputeNodeExtension_List
  File_DeleteFromComputeNode File_DeleteFromTask File_GetFromComputeNode File_GetFromTask
  File_GetPropertiesFromComputeNode File_GetPropertiesFromTask File_ListFromComputeNode File_ListFromTask
  Job_Add Job_Delete Job_Disable Job_Enable Job_Get Job_GetAllLifetimeStatistics Job_GetTaskCounts Job_List
  Job_ListFromJobSchedule Job_ListPreparationAndReleaseTaskStatus Job_Patch Job_Terminate Job_Update
  JobSchedule_Add JobSchedule_Delete JobSchedule_Disable JobSchedule_Enable JobSchedule_Exists JobSchedule_Get
  JobSchedule_List JobSchedule_Patch JobSchedule_Terminate JobSchedule_Update
  Pool_Add Pool_Delete Pool_DisableAutoScale Pool_EnableAutoScale Pool_EvaluateAutoScale Pool_Exists Pool_Get
  Pool_GetAllLifetimeStatistics Pool_List Pool_ListUsageMetrics Pool_Patch Pool_RemoveNodes Pool_Resize
  Pool_StopResize Pool_UpdateProperties
  Task_Add Task_AddCollection Task_Delete Task_Get Task_List Task_ListSubtasks Task_Reactivate Task_Terminate
  Task_Update`
  .trim()
  .split(/\s+/);

/** What only older versions had. */
const former = ["Account_ListNodeAgentSkus"];

/** What only newer versions have: the emulator takes these versions, but not these requests. */
const refused = ["ComputeNode_Start", "ComputeNode_Deallocate"];

function row(operation: Operation): string {
  const path = operation.path.replace(/:(\w+)/g, "{$1}").replace("*", "{filePath}");
  const support = operation.missing === undefined ? "supported" : `partial: ${operation.missing}`;
  return `| ${operation.name} | \`${operation.method} ${path}\` | ${operation.status} | ${support} |\n`;
}

function operationsTable(): string {
  const head = "| operation | request | status | |\n|---|---|---|---|\n";
  const own = routeTable.filter((operation) => !operation.emulatorOnly);
  return head + own.map(row).join("") + refused.map((name) => `| ${name} | | 400 | refused |\n`).join("");
}

describe("docs/emulator.md", () => {
  test("has a row for every operation", () => {
    expect(docs).toContain(operationsTable());
  });

  test("has the operations that only the emulator knows", () => {
    const own = routeTable.filter((operation) => operation.emulatorOnly);
    expect(own.length).toBeGreaterThan(0);
    for (const { method, path } of own)
      expect(docs).toContain(`\`${method} ${path.replace(/:(\w+)/g, "{$1}")}\``);
  });

  test("has every option of the command", () => {
    expect(docs).toContain(usage.trimEnd());
  });
});

test("the route table has every operation of the service, and each once", () => {
  const names = routeTable.filter((operation) => !operation.emulatorOnly).map((operation) => operation.name);
  expect([...names].sort()).toEqual([...serviceOperations, ...former].sort());
});
