import { execFileSync } from "node:child_process";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { isJobBuilder } from "../../src/builders/job.js";
import { isTaskBuilder, task } from "../../src/builders/task.js";
import { InvalidArgumentError } from "../../src/errors/index.js";
import { HOSTILE } from "../work/support/hostile.js";

const SAFE_LINE = `/bin/sh -c 'eval "exec $AZURE_BATCH_PARALLEL_COMMAND"'`;

/** What a build is refused with. */
function refusal(build: () => unknown): InvalidArgumentError {
  try {
    build();
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}

it("builds the service's parameter, with nothing in it that was not said", () => {
  expect(task("t1").commandLine("/bin/true").build()).toEqual({ id: "t1", commandLine: "/bin/true" });
  expect(
    task("t2")
      .command(["echo", "it's"])
      .displayName("Second")
      .env({ LANG: "C" })
      .dependsOn("t1", { start: 1, end: 9 })
      .maxRetries(-1)
      .maxWallClockTime("30m")
      .retentionTime(60_000)
      .requiredSlots(2)
      .userIdentity({})
      .build(),
  ).toEqual({
    id: "t2",
    commandLine: SAFE_LINE,
    displayName: "Second",
    environmentSettings: [
      { name: "LANG", value: "C" },
      { name: "AZURE_BATCH_PARALLEL_COMMAND", value: "'echo' 'it'\\''s'" },
    ],
    dependsOn: { taskIds: ["t1"], taskIdRanges: [{ start: 1, end: 9 }] },
    constraints: { maxTaskRetryCount: -1, maxWallClockTime: "PT30M", retentionTime: "PT1M" },
    requiredSlots: 2,
    userIdentity: { autoUser: {} },
  });
});

it("never changes", () => {
  const words: [string, ...string[]] = ["echo", "a"];
  const env = { LANG: "C" };
  const first = task("t1").command(words).env(env);
  words[1] = "b";
  env.LANG = "de";
  first.env({}).maxRetries(1);
  expect(first.build()).toEqual({
    id: "t1",
    commandLine: SAFE_LINE,
    environmentSettings: [
      { name: "LANG", value: "C" },
      { name: "AZURE_BATCH_PARALLEL_COMMAND", value: "'echo' 'a'" },
    ],
  });
});

it("is told from other values and other builders", () => {
  expect(isTaskBuilder(task("t1"))).toBe(true);
  expect(isJobBuilder(task("t1"))).toBe(false);
  for (const value of [undefined, null, "a", {}, task]) expect(isTaskBuilder(value)).toBe(false);
});

describe("a command", () => {
  /** What the shell of this computer makes of a task's command. */
  const output = (built: {
    commandLine: string;
    environmentSettings?: readonly { name: string; value?: string }[];
  }) => {
    const [, script = ""] = /^\/bin\/sh -c '(.*)'$/.exec(built.commandLine) ?? [];
    const settings = (built.environmentSettings ?? []).map(({ name, value }) => [name, value]);
    const env = { PATH: process.env.PATH, ...Object.fromEntries(settings) };
    return execFileSync("/bin/sh", ["-c", script], { encoding: "utf8", env });
  };
  const print: [string, ...string[]] = [
    process.execPath,
    "-e",
    "console.log(JSON.stringify(process.argv.slice(1)))",
  ];

  it("gives a program its arguments as they are, whatever they hold", () => {
    const built = task("t1")
      .command([...print, "--", ...HOSTILE])
      .build();
    expect(built.commandLine).toBe(SAFE_LINE);
    expect(JSON.parse(output(built))).toEqual(HOSTILE);
  });

  it("runs programs, and nothing that a shell has by their names", () => {
    expect(output(task("t1").command(["printf", "%s|", "a b", "\\n"]).build())).toBe("a b|\\n|");
    expect(output(task("t1").command(["echo", "a\\nb"]).build())).toBe(
      execFileSync("/bin/echo", ["a\\nb"], { encoding: "utf8" }),
    );
  });

  it("is a template, too, in which a hole is an argument or a part of one", () => {
    const path = "two words; $(true)";
    const built = task("t1").command`
      ${process.execPath} -e ${"console.log(JSON.stringify(process.argv.slice(1)))"} \
      -- 'it''s' --size=${5}x${6} ${path} "${path}"
    `.build();
    expect(JSON.parse(output(built))).toEqual(["its", "--size=5x6", path, path]);
  });

  it("is quoted for Windows as its programs split lines", () => {
    const path = "C:\\holiday in Wales\\";
    const line = '"C:\\Program Files\\a.exe" -i "C:\\holiday in Wales\\\\" out.mp4';
    const list = task("t1").windowsCommand(["C:\\Program Files\\a.exe", "-i", path, "out.mp4"]).build();
    const template = task("t1").windowsCommand`"C:\Program Files\a.exe" -i ${path} out.mp4`.build();
    expect(list).toEqual({ id: "t1", commandLine: line });
    expect(template).toEqual(list);
  });

  it.each<[string, unknown, RegExp]>([
    [
      "a program that is none",
      ["", "x"],
      /^The task "t" cannot be built: task\.command is no list of a program/,
    ],
    ["an empty list", [], /task\.command is no list/],
    ["no list", "ls", /task\.command is no list/],
    ["an option in its place", ["-x"], /task\.command\[0\] begins with a hyphen/],
    ["a NUL character", ["a", "\0"], /task\.command\[1\] holds a NUL character/],
    ["half a character", ["a", "b", "\udc00"], /task\.command\[2\] holds half of a surrogate pair/],
    ["a number", ["a", 5], /task\.command\[1\] is 5, and not text/],
    [
      "more than Linux takes",
      ["a", "x".repeat(131_072)],
      /is 1311\d\d bytes long when quoted, and Linux takes 131072/,
    ],
  ])("is refused with %s", (_, words, message) => {
    const error = refusal(() =>
      task("t")
        .command(words as never)
        .build(),
    );
    expect(error.message).toMatch(message);
    expect(error.code).toBe("InvalidArgument");
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      "a pipe",
      () => task("t").command`a | b`.build(),
      /task\.command has an unquoted \|.*command\(\["\/bin\/sh"/,
    ],
    [
      "a variable",
      () => task("t").command`A=b c`.build(),
      /task\.command sets the variable A.*use \.env\(\) for it/,
    ],
    [
      "a hole that is no value",
      () => task("t").command`a ${null as never}`.build(),
      /task\.command\[1\] is null/,
    ],
    [
      "a hole that is no number",
      () => task("t").command`a x${Number.NaN}`.build(),
      /task\.command\[1\] is NaN/,
    ],
    ["an expansion", () => task("t").windowsCommand`a %X%`.build(), /task\.windowsCommand has %X%/],
  ])("is refused as a template with %s", (_, build, message) => {
    expect(refusal(build).message).toMatch(message);
  });
});

describe("a task that begins from another", () => {
  const first = task("t1").command(["echo", "a"]).env({ LANG: "C" }).maxRetries(2).dependsOn("t0");

  it("has what the other has, but for its id and what is said", () => {
    expect(task.from(first, "t2").build()).toEqual({ ...first.build(), id: "t2" });
    expect(task.from(first, "t2").command(["echo", "b"]).maxWallClockTime("1h").build()).toEqual({
      ...first.build(),
      id: "t2",
      constraints: { maxTaskRetryCount: 2, maxWallClockTime: "PT1H" },
      environmentSettings: [
        { name: "LANG", value: "C" },
        { name: "AZURE_BATCH_PARALLEL_COMMAND", value: "'echo' 'b'" },
      ],
    });
    expect(first.build().id).toBe("t1");
  });

  it("begins from one that exists, without what only the service sets", () => {
    const existing = {
      ...first.build(),
      "odata.metadata": "https://…",
      url: "https://account/jobs/j/tasks/t1",
      eTag: "0x1",
      creationTime: "2026-01-01T00:00:00Z",
      state: "completed",
      executionInfo: { exitCode: 0, retryCount: 0 },
      nodeInfo: { nodeId: "n" },
      constraints: {
        maxWallClockTime: "P10675199DT2H48M5.4775807S",
        retentionTime: "P7D",
        maxTaskRetryCount: 2,
      },
      outputFiles: [
        {
          filePattern: "*",
          destination: { container: { containerUrl: "https://example.com/c" } },
          uploadOptions: { uploadCondition: "TaskSuccess" as "tasksuccess" },
        },
      ],
    };
    const expected = {
      ...first.build(),
      id: "t2",
      constraints: { retentionTime: "P7D", maxTaskRetryCount: 2 },
      outputFiles: [{ ...existing.outputFiles[0], uploadOptions: { uploadCondition: "tasksuccess" } }],
    };
    expect(task.from(existing, "t2").build()).toEqual(expected);
    expect(task.from(existing, "t2").env({ TZ: "UTC" }).build().environmentSettings).toEqual([
      { name: "TZ", value: "UTC" },
      { name: "AZURE_BATCH_PARALLEL_COMMAND", value: "'echo' 'a'" },
    ]);
    expect(task.from(existing, "t2").commandLine("/bin/true").build().environmentSettings).toEqual([
      { name: "LANG", value: "C" },
    ]);
  });

  it("says which secret the service did not give", () => {
    const containerSettings = { imageName: "a", registry: { username: "me" } };
    const existing = { ...first.build(), containerSettings };
    const { message } = refusal(() => task.from(existing, "t2").build());
    expect(message).toMatch(
      /task\.container\.registry\.password is missing; the service never gives it back/,
    );
  });

  it("takes nothing else", () => {
    for (const value of [null, "t1", []]) {
      expect(refusal(() => task.from(value as never, "t2")).message).toMatch(/task\.from takes what exists/);
    }
    expect(refusal(() => task.from({}, "t2").build()).message).toMatch(/task\.command is missing/);
  });
});

it("lists everything that is wrong at once, and no secret", () => {
  const wrong = task("a:b")
    .commandLine(" ")
    .displayName("x".repeat(1025))
    .env({ AZ_BATCH_X: "y" })
    .resourceFiles([
      { httpUrl: "ftp://example.com/?sig=SECRET", filePath: "../a", blobPrefix: "b", fileMode: "rwx" },
      { autoStorageContainerName: "c", identityReference: { resourceId: "" } },
      {},
      5 as never,
    ])
    .outputFiles([
      {
        filePattern: "",
        destination: {
          container: { containerUrl: "x?sig=SECRET", uploadHeaders: [{ name: "", value: "a\nb" }] },
        },
        uploadOptions: { uploadCondition: "always" as never },
      },
    ])
    .container({ imageName: "", registry: { password: "SECRET" }, workingDirectory: "home" as never })
    .userIdentity({ username: "me", scope: "task" } as never)
    .exitConditions({
      exitCodes: [{ code: 1.5, jobAction: "none" }, { code: 1 }],
      exitCodeRanges: [{ start: 5, end: 4, dependencyAction: "wait" as never }],
      default: {},
    })
    .dependsOn("A:B", { start: 2, end: 1 })
    .affinity("")
    .maxRetries(-2)
    .maxWallClockTime("never" as never)
    .retentionTime(0)
    .requiredSlots(0)
    .applicationPackages([{ applicationId: "" }])
    .authenticationToken(["pool" as never]);
  const { message, option } = refusal(() => wrong.build());
  expect(option).toBe("task.id");
  expect(message).toMatch(/^The task "a:b" cannot be built, for \d+ reasons:\n- task\.id is "a:b"/);
  expect(message).not.toContain("SECRET");
  expect(
    message
      .split("\n")
      .slice(1)
      .map((line) => line.split(" ")[1]),
  ).toEqual([
    "task.id",
    "task.commandLine",
    "task.env.AZ_BATCH_X",
    "task.displayName",
    "task.container.imageName",
    "task.container.registry.username",
    "task.container.workingDirectory",
    "task.exitConditions.exitCodes[0].code",
    "task.exitConditions.exitCodes[1]",
    "task.exitConditions.exitCodeRanges[0].dependencyAction",
    "task.exitConditions.exitCodeRanges[0]",
    "task.exitConditions.default",
    "task.resourceFiles[0].httpUrl",
    "task.resourceFiles[0].blobPrefix",
    "task.resourceFiles[0].filePath",
    "task.resourceFiles[0].fileMode",
    "task.resourceFiles[1].identityReference",
    "task.resourceFiles[1].identityReference.resourceId",
    "task.resourceFiles[2]",
    "task.resourceFiles[3]",
    "task.outputFiles[0].filePattern",
    "task.outputFiles[0].destination.container.containerUrl",
    "task.outputFiles[0].destination.container.uploadHeaders[0].name",
    "task.outputFiles[0].destination.container.uploadHeaders[0].value",
    "task.outputFiles[0].uploadOptions.uploadCondition",
    "task.affinity",
    "task.maxWallClockTime",
    "task.retentionTime",
    "task.maxRetries",
    "task.requiredSlots",
    "task.userIdentity.username",
    "task.dependsOn",
    "task.dependsOn",
    "task.dependsOn",
    "task.applicationPackages[0].applicationId",
    "task.authenticationToken",
  ]);
  expect(inspect(wrong, { depth: 9 })).not.toContain("SECRET");
});

it("refuses what only plain JavaScript can mix", () => {
  const both = task.from(task("t").command(["a"]).requiredSlots(2), "t").multiInstance({
    numberOfInstances: 0,
    coordination: { command: ["a"], commandLine: "b" } as never,
  });
  const { message } = refusal(() => both.build());
  expect(message).toMatch(/task\.multiInstance\.coordination needs one of/);
  expect(message).toMatch(/task\.multiInstance\.numberOfInstances is 0/);
  expect(message).toMatch(/task\.requiredSlots is more than 1, which a task on several nodes cannot have/);
  expect(refusal(() => (task("t") as unknown as typeof both).build()).message).toMatch(
    /task\.command is missing/,
  );
});
