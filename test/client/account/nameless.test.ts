import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/errors/index.js";
import { connect } from "../../../src/run/connect.js";
import { startScriptedServer } from "../../azure/support/scripted-server.js";

describe("what is no name", () => {
  it.each(["", ".", "..", "\ud800"])(
    "%j is refused before a URL of something else is made of it",
    async (name) => {
      const server = await startScriptedServer((_request, response) => void response.writeHead(202).end());
      const key = Buffer.from("key").toString("base64");
      const batch = connect({ account: { url: server.url, name: "account", key } });
      const { files, ...calls } = {
        poolId: () => batch.pool(name).delete(),
        jobId: () => batch.job(name).delete(),
        taskId: () => batch.job("nightly").task(name).delete(),
        scheduleId: () => batch.jobSchedule(name).delete(),
        nodeId: () => batch.pool("render").node(name).reboot(),
        name: () => batch.pool("render").node("tvm-1").deleteUser(name),
        path: () => batch.job("nightly").task("t1").deleteFile(name),
        files: () => batch.pool("render").node("tvm-1").deleteFile(name),
      };
      for (const [option, call] of [...Object.entries(calls), ["path", files] as const]) {
        const refused = await call().catch((error: unknown) => error);
        expect(refused, option).toBeInstanceOf(InvalidArgumentError);
        expect(refused).toMatchObject({
          option,
          message: `${option} is ${JSON.stringify(name)}, and nothing can be called that.`,
        });
      }
      // The first of all requests asks for leave, and reads.
      expect(server.requests.filter(({ method }) => method !== "GET")).toEqual([]);
      await batch.close();
      await server.close();
    },
  );
});
