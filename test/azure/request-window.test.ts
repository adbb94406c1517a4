import { setMaxListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { RequestWindow } from "../../src/azure/request-window.js";
import { systemClock } from "../../src/clock.js";

/** Fills the window until nothing more goes, and answers all that went alike. Gives how many went. */
async function round(window: RequestWindow, answer: "fine" | "busy"): Promise<number> {
  const went: (() => void)[] = [];
  const rest = new AbortController();
  setMaxListeners(0, rest.signal);
  const requests = Array.from({ length: 300 }, () =>
    window.through(
      () => new Promise<string>((resolve) => went.push(() => resolve(answer))),
      (result) => result === "busy",
      rest.signal,
    ),
  );
  await new Promise(setImmediate);
  const count = went.length;
  rest.abort(new Error("not in this round"));
  for (const respond of went) respond();
  const ended = await Promise.allSettled(requests);
  expect(ended.filter(({ status }) => status === "fulfilled")).toHaveLength(count);
  return count;
}

describe("the window of requests", () => {
  it("doubles until the service is too busy, is halved once a round, and grows by one a round then", async () => {
    const window = new RequestWindow(systemClock);
    expect(await round(window, "fine")).toBe(16);
    expect(await round(window, "fine")).toBe(32);
    expect(await round(window, "busy")).toBe(64);
    expect(await round(window, "fine")).toBe(32);
    expect(await round(window, "fine")).toBe(32);
    expect(await round(window, "fine")).toBe(33);
  });

  it("does not close", async () => {
    const window = new RequestWindow(systemClock);
    for (let n = 0; n < 10; n++) await round(window, "busy");
    expect(await round(window, "fine")).toBe(1);
  });

  it("does not grow where it is not used", async () => {
    const window = new RequestWindow(systemClock);
    for (let n = 0; n < 100; n++)
      await window.through(
        async () => "fine",
        () => false,
        undefined,
      );
    expect(window.size).toBe(16);
  });

  it("gives a place to the next when a request fails", async () => {
    const window = new RequestWindow(systemClock);
    const fail = () => Promise.reject(new Error("lost"));
    const failing = Array.from({ length: 100 }, () => window.through(fail, () => false, undefined));
    const ended = await Promise.allSettled(failing);
    expect(ended.every(({ status }) => status === "rejected")).toBe(true);
  });

  it("stays quiet as long as the service asked for, longer when it asked again", async () => {
    let now = 0;
    const delays: number[] = [];
    const window = new RequestWindow({
      now: () => now,
      date: () => now,
      async delay(milliseconds) {
        delays.push(milliseconds);
        if (now === 0) window.keepQuiet(500);
        now += milliseconds;
      },
    });
    window.keepQuiet(100);
    await window.through(
      async () => "fine",
      () => false,
      undefined,
    );
    expect(delays).toEqual([100, 400]);
  });
});
