import { expect, it, vi } from "vitest";
import { all, small, useAccount } from "./support.js";

const used = useAccount();

it("a job schedule is made, shown, changed, ended and deleted", async () => {
  const { batch } = used;
  await batch.ensurePool(small("schedules").dedicatedNodes(0));
  const jobSpecification = {
    poolInfo: { poolId: "schedules" },
    jobManagerTask: { id: "manager", commandLine: "/bin/true" },
  };
  const parameter = { id: "nightly", schedule: { recurrenceInterval: "P1D" }, jobSpecification };
  const nightly = await batch.createJobSchedule(parameter);
  await expect(batch.createJobSchedule(parameter)).rejects.toMatchObject({ code: "JobScheduleExists" });
  const recent = await vi.waitFor(async () => {
    const { executionInfo } = await nightly.get();
    expect(executionInfo?.recentJob?.id).toBe("nightly:job-1");
    return executionInfo;
  }, 10_000);
  expect(recent?.nextRunTime).toMatch(/^\d{4}-.*Z$/);
  expect(await all(nightly.jobs({ select: ["id"] }))).toEqual([{ id: "nightly:job-1" }]);
  expect((await batch.job("nightly:job-1").get()).state).toBe("active");
  await nightly.patch({ schedule: { recurrenceInterval: "PT12H" } });
  expect((await nightly.get()).schedule.recurrenceInterval).toBe("PT12H");
  await nightly.disable();
  const listed = { filter: "startswith(id,'night')", select: ["id", "state"] } as const;
  expect(await all(batch.jobSchedules(listed))).toEqual([{ id: "nightly", state: "disabled" }]);
  await nightly.enable();
  await nightly.terminate();
  await nightly.delete({ wait: true, deadline: "1m" });
  await nightly.delete();
  await nightly.terminate();
  await expect(nightly.get()).rejects.toMatchObject({ code: "JobScheduleNotFound" });
});
