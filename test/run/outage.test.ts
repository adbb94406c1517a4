import { describe, expect, it } from "vitest";
import { createBatchPort } from "../../src/azure/batch.js";
import { throughOutages } from "../../src/run/outage.js";
import { type Answerer, refuse, reply, startScriptedServer } from "../azure/support/scripted-server.js";

const key = Buffer.from("a key").toString("base64");
const short = { longest: 60_000, pause: 5 };

async function against(answer: Answerer) {
  const server = await startScriptedServer(answer);
  const retries = { attempts: 2, firstDelay: 1, longestDelay: 1 };
  const batch = await createBatchPort({ url: server.url, name: "account", key }, { retries });
  const close = async () => {
    batch.close();
    await server.close();
  };
  return { server, batch, close };
}

describe("an outage in the middle of a run", () => {
  it("is borne, whatever shape it has", async () => {
    const { server, batch, close } = await against((_request, response, n) => {
      if (n < 4) return void response.socket?.destroy();
      if (n < 8) return refuse(response, 503, "ServerBusy");
      return reply(response, 200, { id: "j", state: "active" });
    });
    const job = await throughOutages(() => batch.getJob("j"), new AbortController().signal, short);
    expect(job).toEqual({ id: "j", state: "active" });
    expect(server.requests).toHaveLength(9);
    await close();
  });

  it("is none where the service refuses", async () => {
    const { server, batch, close } = await against((_request, response) =>
      refuse(response, 403, "Forbidden"),
    );
    const asked = throughOutages(() => batch.getJob("j"), new AbortController().signal, short);
    await expect(asked).rejects.toMatchObject({ code: "Forbidden" });
    expect(server.requests).toHaveLength(1);
    await close();
  });

  it("ends with its error when it lasts too long, or when the run stops", async () => {
    const { batch, close } = await against((_request, response) => refuse(response, 503, "ServerBusy"));
    const forever = { longest: 60_000, pause: 60_000 };
    const stopper = new AbortController();
    const stopped = throughOutages(() => batch.getJob("j"), stopper.signal, forever);
    process.once("warning", () => stopper.abort());
    await expect(stopped).rejects.toMatchObject({ code: "ServerBusy" });
    const late = throughOutages(() => batch.getJob("j"), new AbortController().signal, {
      longest: 0,
      pause: 1,
    });
    await expect(late).rejects.toMatchObject({ code: "ServerBusy" });
    await close();
  });
});
