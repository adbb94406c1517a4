import { execFileSync } from "node:child_process";
import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { defaultPool } from "../../src/builders/default-pool.js";
import { ubuntu } from "../../src/builders/images.js";
import { type FixedPoolBuilder, isPoolBuilder, type PoolBuilder, pool } from "../../src/builders/pool.js";
import { InvalidArgumentError } from "../../src/errors/index.js";
import { HOSTILE } from "../work/support/hostile.js";

const small = pool("small").vmSize("Standard_D2s_v5").image(ubuntu("24.04"));

/** A builder as plain JavaScript has it, where every method is there and takes everything. */
type Untyped = {
  [Method in keyof FixedPoolBuilder | "autoscale"]: (value?: unknown) => Untyped;
};

function untyped(builder: PoolBuilder): Untyped {
  return builder as unknown as Untyped;
}

function refusalOf(build: () => unknown): InvalidArgumentError {
  try {
    build();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidArgumentError);
    return error as InvalidArgumentError;
  }
  throw new Error("It was not refused.");
}

describe("pool()", () => {
  it("builds the service's parameter, with nothing in it that was not said", () => {
    expect(small.dedicatedNodes(2).build()).toEqual({
      id: "small",
      vmSize: "Standard_D2s_v5",
      virtualMachineConfiguration: {
        imageReference: {
          publisher: "canonical",
          offer: "ubuntu-24_04-lts",
          sku: "server",
          version: "latest",
        },
        nodeAgentSKUId: "batch.node.ubuntu 24.04",
      },
      targetDedicatedNodes: 2,
      targetLowPriorityNodes: 0,
    });
  });

  it("builds everything that was said", () => {
    const built = small
      .displayName("Ä small pool 😀")
      .spotNodes(20)
      .dedicatedNodes(1)
      .taskSlotsPerNode(4)
      .taskFillType("pack")
      .resizeTimeout("30m")
      .metadata({ team: "film", empty: "" })
      .startTask({
        commandLine: "/bin/sh -c 'apt-get update'",
        env: { LANG: "C" },
        resourceFiles: [{ httpUrl: "https://example.com/a", filePath: "a" }],
        elevationLevel: "admin",
        maxTaskRetryCount: 2,
        waitForSuccess: false,
      })
      .image({ publisher: "p", offer: "o", sku: "s", version: "1.2.3", nodeAgentSKUId: "batch.node.el 9" })
      .build();
    expect(built).toEqual({
      id: "small",
      displayName: "Ä small pool 😀",
      vmSize: "Standard_D2s_v5",
      virtualMachineConfiguration: {
        imageReference: { publisher: "p", offer: "o", sku: "s", version: "1.2.3" },
        nodeAgentSKUId: "batch.node.el 9",
      },
      targetDedicatedNodes: 1,
      targetLowPriorityNodes: 20,
      taskSlotsPerNode: 4,
      taskSchedulingPolicy: { nodeFillType: "pack" },
      resizeTimeout: "PT30M",
      metadata: [
        { name: "team", value: "film" },
        { name: "empty", value: "" },
      ],
      startTask: {
        commandLine: "/bin/sh -c 'apt-get update'",
        environmentSettings: [{ name: "LANG", value: "C" }],
        resourceFiles: [{ httpUrl: "https://example.com/a", filePath: "a" }],
        userIdentity: { autoUser: { scope: "pool", elevationLevel: "admin" } },
        maxTaskRetryCount: 2,
        waitForSuccess: false,
      },
    });
  });

  it("has no id where the pool is one run's", () => {
    const builder = pool().vmSize("Standard_D2s_v5").image(ubuntu("22.04")).autoscale({ max: 3 });
    expect(builder.id).toBeUndefined();
    const built = builder.build();
    expect(built).not.toHaveProperty("id");
    expect(built).not.toHaveProperty("targetDedicatedNodes");
    expect(built).toMatchObject({ enableAutoScale: true, autoScaleEvaluationInterval: "PT5M" });
    expect(small.id).toBe("small");
  });

  it("never changes: neither by its methods, nor by what they were given", () => {
    const metadata = { a: "1" };
    const options = { command: ["echo", "1"] as [string, string] };
    const first = small.dedicatedNodes(1).metadata(metadata).startTask(options);
    const before = first.build();
    metadata.a = "2";
    options.command[1] = "2";
    const second = first.dedicatedNodes(5).vmSize("Standard_D4s_v5");
    expect(first.build()).toEqual(before);
    expect(second.build()).toMatchObject({ targetDedicatedNodes: 5, vmSize: "Standard_D4s_v5" });
    expect(first.build()).not.toBe(first.build());
    expect(inspect(first)).not.toContain("echo");
  });

  it("is known across the copies of this package that an application may have", async () => {
    vi.resetModules();
    const other = await import("../../src/builders/pool.js");
    expect(other.pool).not.toBe(pool);
    expect(isPoolBuilder(other.pool("a"))).toBe(true);
    expect(other.isPoolBuilder(small)).toBe(true);
    for (const value of [undefined, null, "small", {}, [], pool, { build: () => ({}) }]) {
      expect(isPoolBuilder(value)).toBe(false);
    }
  });
});

describe("a start task's argument list", () => {
  it("reaches the program unchanged, and the command line holds none of it", () => {
    const list = ["/usr/bin/printf", "%s\\0", ...HOSTILE.filter((text) => text.length < 1000)] as [
      string,
      ...string[],
    ];
    const { startTask } = small.dedicatedNodes(1).startTask({ command: list }).build();
    expect(startTask?.commandLine).toBe(`/bin/sh -c 'eval "exec $AZURE_BATCH_PARALLEL_START_TASK"'`);
    expect(startTask?.waitForSuccess).toBe(true);
    const [setting] = startTask?.environmentSettings ?? [];
    // A node splits the line into these three; how it does on Linux is not documented, so it is plain.
    const output = execFileSync("/bin/sh", ["-c", 'eval "exec $AZURE_BATCH_PARALLEL_START_TASK"'], {
      env: { [setting?.name ?? ""]: setting?.value ?? "" },
      encoding: "utf8",
    });
    expect(output.split("\0").slice(0, -1)).toEqual(list.slice(2));
  });
});

describe("what cannot be a pool is refused when it is built", () => {
  it("with everything that is wrong at once", () => {
    const wrong = untyped(pool("no spaces!")).taskSlotsPerNode(0).resizeTimeout("1m").metadata({ a: 1 });
    const error = refusalOf(() => wrong.build());
    expect(error.option).toBe("pool.id");
    expect(error.message.split("\n")).toEqual([
      'The pool "no spaces!" cannot be built, for 7 reasons:',
      '- pool.id is "no spaces!", and not 1 to 64 letters, digits, hyphens and underscores.',
      "- pool.vmSize is missing.",
      '- pool.image is missing: for one, say .image(ubuntu("24.04")).',
      "- pool.taskSlotsPerNode is 0, and not a whole number from 1 to 256.",
      '- pool.resizeTimeout is "1m", and less than the least there is, 5m.',
      "- pool has no size: say dedicatedNodes, spotNodes, autoscale or autoscaleFormula.",
      "- pool.metadata.a is 1, and not text.",
    ]);
  });

  it("where plain JavaScript gives it a fixed size and autoscale", () => {
    for (const both of [
      untyped(small.autoscale({ max: 3 })).dedicatedNodes(3),
      untyped(small.spotNodes(3)).autoscale({ max: 3 }),
    ]) {
      const error = refusalOf(() => both.build());
      expect(error.option).toBe("pool.autoscale");
      expect(error.message).toBe(
        'The pool "small" cannot be built: pool.autoscale excludes dedicatedNodes and spotNodes: a pool has a fixed size or follows its work.',
      );
    }
  });

  it.each<[string, keyof Untyped, unknown, RegExp]>([
    ["an empty size", "vmSize", "", /pool\.vmSize is "", and not text/],
    ["a size that is none", "vmSize", 4, /pool\.vmSize is 4/],
    ["an image by its name", "image", "ubuntu", /pool\.image is "ubuntu", and not an object/],
    [
      "an image without agent",
      "image",
      { publisher: "p", offer: "o", sku: "s" },
      /pool\.image\.nodeAgentSKUId is missing/,
    ],
    [
      "an image with a slip",
      "image",
      { ...ubuntu("24.04"), nodeAgentSkuId: "x" },
      /pool\.image\.nodeAgentSkuId is not known/,
    ],
    [
      "half a node",
      "dedicatedNodes",
      1.5,
      /pool\.dedicatedNodes is 1.5, and not a whole number of at least 0/,
    ],
    ["less than no nodes", "spotNodes", -1, /pool\.spotNodes is -1/],
    ["nodes in text", "dedicatedNodes", "3", /pool\.dedicatedNodes is "3"/],
    ["too many slots", "taskSlotsPerNode", 257, /from 1 to 256/],
    ["an unknown fill type", "taskFillType", "Pack", /is "Pack", and none of "spread", "pack"/],
    ["a long name", "displayName", "x".repeat(1025), /pool\.displayName is a text of 1025 characters/],
    ["no duration", "resizeTimeout", "soon", /pool\.resizeTimeout is "soon", and not a duration.*"30m"/],
    ["metadata in a list", "metadata", ["a"], /pool\.metadata is an array/],
    ["metadata without a name", "metadata", { "": "a" }, /pool\.metadata has an empty name/],
    ["a start task in text", "startTask", "apt-get", /pool\.startTask is "apt-get", and not an object/],
    [
      "a start task with both",
      "startTask",
      { command: ["a"], commandLine: "a" },
      /needs one of `command`, `windowsCommand` and `commandLine`/,
    ],
    ["one with neither", "startTask", {}, /needs one of/],
    ["one with an empty line", "startTask", { commandLine: " " }, /pool\.startTask\.commandLine is " "/],
    [
      "one with an empty list",
      "startTask",
      { command: [] },
      /pool\.startTask\.command is no list of a program/,
    ],
    ["one with text for a list", "startTask", { command: "apt-get" }, /pool\.startTask\.command is no list/],
    [
      "one with a number in it",
      "startTask",
      { command: ["a", 1] },
      /pool\.startTask\.command\[1\] is 1, and not text/,
    ],
    ["one with a NUL", "startTask", { command: ["a\0"] }, /command\[0\] holds a NUL/],
    [
      "one with an unknown option",
      "startTask",
      { commandLine: "a", retries: 2 },
      /pool\.startTask\.retries is not known/,
    ],
    [
      "one with Batch's own variable",
      "startTask",
      { commandLine: "a", env: { AZ_BATCH_X: "1" } },
      /AZ_BATCH_X has a name that is reserved/,
    ],
    ["one with a bad variable", "startTask", { commandLine: "a", env: { "A=B": "1" } }, /has a name with =/],
    [
      "one with too few tries",
      "startTask",
      { commandLine: "a", maxTaskRetryCount: -2 },
      /maxTaskRetryCount is -2/,
    ],
    [
      "one with an unknown level",
      "startTask",
      { commandLine: "a", elevationLevel: "root" },
      /is "root", and none of "nonadmin", "admin"/,
    ],
    [
      "one with one file",
      "startTask",
      { commandLine: "a", resourceFiles: {} },
      /resourceFiles is an object, and not an array/,
    ],
  ])("%s", (_name, method, value, message) => {
    const error = refusalOf(() => untyped(small.dedicatedNodes(1))[method](value).build());
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^The pool "small" cannot be built/);
    expect(error.option).toMatch(/^pool\./);
  });

  it.each<[string, unknown, RegExp]>([
    ["no most", {}, /pool\.autoscale\.max is undefined/],
    ["nothing", null, /pool\.autoscale is null, and not an object/],
    ["a number", 5, /pool\.autoscale is 5/],
    ["a most of none", { max: 0 }, /pool\.autoscale\.max is 0, and not a whole number of at least 1/],
    ["half a node", { max: 2.5 }, /max is 2.5/],
    ["a negative least", { min: -1, max: 3 }, /min is -1/],
    ["a least above the most", { min: 5, max: 3 }, /pool\.autoscale\.min is 5, and more than max, 3/],
    [
      "a start beyond its bounds",
      { max: 3, start: 4 },
      /pool\.autoscale\.start is 4, and not a whole number from 0 to 3/,
    ],
    ["unknown nodes", { max: 3, nodes: "lowPriority" }, /none of "dedicated", "spot"/],
    ["a slip", { max: 3, minimum: 1 }, /pool\.autoscale\.minimum is not known; these are: min, max, start/],
    ["a short interval", { max: 3, evaluationInterval: "1m" }, /less than the least there is, 5m/],
    ["a long interval", { max: 3, evaluationInterval: "8d" }, /more than the most there is, 7d/],
  ])("autoscale with %s", (_name, options, message) => {
    expect(refusalOf(() => untyped(small).autoscale(options).build()).message).toMatch(message);
  });

  it("an argument list on Windows, and an id that is none", () => {
    const windows = { publisher: "p", offer: "o", sku: "s", nodeAgentSKUId: "batch.node.windows amd64" };
    const error = refusalOf(() =>
      small
        .image(windows)
        .dedicatedNodes(1)
        .startTask({ command: ["a"] })
        .build(),
    );
    expect(error.message).toMatch(
      /pool\.startTask\.command is for Linux, and the pool's nodes run Windows: use `windowsCommand`/,
    );
    for (const id of ["", "a b", "ä", "x".repeat(65), null, 5]) {
      expect(refusalOf(() => pool(id as string).build()).option).toBe("pool.id");
    }
    expect(refusalOf(() => pool().build()).message).toMatch(/^The pool cannot be built/);
  });
});

describe("the default pool", () => {
  it("is small, grows to ten nodes and goes to none", () => {
    const built = defaultPool().build();
    expect(built).toMatchObject({
      vmSize: "Standard_D2s_v5",
      enableAutoScale: true,
      virtualMachineConfiguration: { nodeAgentSKUId: "batch.node.ubuntu 24.04" },
    });
    expect(built.autoScaleFormula).toMatch(
      /minNodes = 0;\nmaxNodes = 10;\nstartNodes = 1;\nslotsPerNode = 1;/,
    );
    expect(isPoolBuilder(defaultPool())).toBe(true);
  });
});
