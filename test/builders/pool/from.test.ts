import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ubuntu, windowsServer } from "../../../src/builders/images.js";
import type { ExistingPool } from "../../../src/builders/pool/existing.js";
import { pool } from "../../../src/builders/pool.js";
import { type Emulator, startEmulator } from "../../../src/emulator/index.js";
import { SignedClient } from "../../emulator/support/signed-client.js";
import { poolCoverage } from "../api-coverage/pool-cases.js";

const render = pool("render").vmSize("Standard_D4s_v5").image(ubuntu("24.04"));

describe("pool.from() another description", () => {
  it("begins as that is, with an id of its own", () => {
    const first = render.dedicatedNodes(2).spotNodes(20).metadata({ team: "film" });
    const second = pool.from(first, "second");
    expect([first.id, second.id, pool.from(first).id]).toEqual(["render", "second", undefined]);
    expect(second.build()).toEqual({ ...first.build(), id: "second" });
    expect(pool.from(first).build()).not.toHaveProperty("id");
  });

  it("has what is said in the place of what was", () => {
    const first = render.dedicatedNodes(2).spotNodes(20).taskSlotsPerNode(4);
    expect(pool.from(first, "a").spotNodes(5).build()).toMatchObject({
      targetDedicatedNodes: 2,
      targetLowPriorityNodes: 5,
      taskSlotsPerNode: 4,
    });
    const scaled = pool.from(first, "b").autoscale({ max: 7 }).build();
    expect(scaled).toMatchObject({ enableAutoScale: true });
    expect(scaled).not.toHaveProperty("targetDedicatedNodes");
    expect(scaled.autoScaleFormula).toContain("slotsPerNode = 4;");
    const fixedAgain = pool
      .from(pool.from(first, "c").autoscale({ max: 7 }), "d")
      .dedicatedNodes(1)
      .build();
    expect(fixedAgain).toMatchObject({ targetDedicatedNodes: 1, targetLowPriorityNodes: 0 });
    expect(fixedAgain).not.toHaveProperty("enableAutoScale");
    const twice = pool.from(pool.from(first, "e"), "f").dedicatedNodes(9).build();
    expect(twice).toMatchObject({ targetDedicatedNodes: 9, targetLowPriorityNodes: 20 });
  });

  it("may be one that is not complete", () => {
    const started = pool.from(pool("half").vmSize("Standard_D4s_v5"), "whole");
    expect(started.image(ubuntu("24.04")).dedicatedNodes(1).build().vmSize).toBe("Standard_D4s_v5");
    expect(() => started.build()).toThrow(/pool\.image is missing[\s\S]*has no size/);
  });

  it("may be one of another copy of this package", async () => {
    vi.resetModules();
    const other = await import("../../../src/builders/pool.js");
    const first = other.pool("theirs").vmSize("Standard_D4s_v5").image(ubuntu("24.04")).dedicatedNodes(3);
    expect(pool.from(first, "ours").build()).toEqual({ ...first.build(), id: "ours" });
  });
});

describe("pool.from() a pool of the service", () => {
  let emulator: Emulator;
  let client: SignedClient;

  beforeAll(async () => {
    emulator = await startEmulator();
    client = new SignedClient(emulator);
  });
  afterAll(() => emulator.close());

  /** What the service gives of a pool that it made. */
  async function existing(parameter: object): Promise<ExistingPool> {
    const id = `existing-${Math.random().toString(36).slice(2)}`;
    const added = await client.post("/pools", { ...parameter, id });
    expect(added.text).toBe("");
    return (await client.get(`/pools/${id}`)).json as ExistingPool;
  }

  const withSecrets = ["containers", "users", "mounts", "extensions", "startTask"];
  const needMore = ["applicationPackages", "network"];
  const plain = poolCoverage.cases.filter(({ method }) => ![...withSecrets, ...needMore].includes(method));

  it.each(plain)("begins as that is, without what is read-only: $method", async ({ build }) => {
    const sent = build();
    const found = await existing(sent);
    const again = await existing(pool.from(found).build());
    const own = ["id", "url", "eTag", "lastModified", "creationTime", "stateTransitionTime"];
    const changing = [
      "allocationState",
      "allocationStateTransitionTime",
      "autoScaleRun",
      "odata.metadata",
      "currentDedicatedNodes",
      "currentLowPriorityNodes",
    ];
    const comparable = (one: ExistingPool) =>
      Object.entries(one).filter(([name]) => ![...own, ...changing].includes(name));
    expect(Object.fromEntries(comparable(again))).toEqual(Object.fromEntries(comparable(found)));
  });

  it("has what is said in the place of what was", async () => {
    const found = await existing(
      render.ephemeralOSDisk().nodePlacement("zonal").taskFillType("pack").dedicatedNodes(0).build(),
    );
    const built = pool.from(found, "next").vmSize("Standard_D8s_v5").image(windowsServer("2022")).build();
    expect(built).toMatchObject({
      id: "next",
      vmSize: "Standard_D8s_v5",
      taskSchedulingPolicy: { nodeFillType: "pack" },
      virtualMachineConfiguration: {
        imageReference: { offer: "windowsserver" },
        nodeAgentSKUId: "batch.node.windows amd64",
        nodePlacementConfiguration: { policy: "zonal" },
        osDisk: { ephemeralOSDiskSettings: { placement: "CacheDisk" } },
      },
    });
    expect(pool.from(found, "slots").taskSlotsPerNode(2).autoscale({ max: 3 }).explain()).toContain(
      "2 task slots",
    );
  });

  it("keeps its formula and interval, and knows its system", async () => {
    const found = await existing(
      pool
        .from(render, "formula")
        .image(windowsServer("2022"))
        .autoscaleFormula("$TargetDedicatedNodes = 0", { evaluationInterval: "20m" })
        .build(),
    );
    expect(pool.from(found).automaticUpdates(false).build()).toMatchObject({
      enableAutoScale: true,
      autoScaleFormula: "$TargetDedicatedNodes = 0",
      autoScaleEvaluationInterval: "PT20M",
      virtualMachineConfiguration: { windowsConfiguration: { enableAutomaticUpdates: false } },
    });
  });

  it("asks for the secrets that the service keeps, unless they are said again", async () => {
    const registries = [{ registryServer: "a", username: "b", password: "s" }] as const;
    const users = [{ name: "u", password: "s" }];
    const place = { accountName: "a", relativeMountPath: "p" };
    const found = await existing(
      render
        .containers({ registries })
        .users(users)
        .mounts([
          { type: "azureBlob", containerName: "c", sasKey: "s", ...place },
          { type: "nfs", source: "10.0.0.4:/a", relativeMountPath: "q" },
        ])
        .startTask({ commandLine: "true", container: { imageName: "i", registry: registries[0] } })
        .dedicatedNodes(0)
        .build(),
    );
    const begun = pool.from(found, "next");
    expect(() => begun.build()).toThrow(
      [
        'The pool "next" cannot be built, for 4 reasons:',
        "- pool.users[0].password is missing: the service never gives it back, so say .users(…).",
        "- pool.mounts[0] has no key: the service never gives it back, so say .mounts(…).",
        "- pool.containers.registries[0].password is missing: the service never gives it back, so say .containers(…).",
        "- pool.startTask.container.registry.password is missing: the service never gives it back, so say .startTask(…).",
      ].join("\n"),
    );
    const said = begun.containers({ registries }).users(users).mounts([]).startTask({ commandLine: "true" });
    expect(said.build().userAccounts).toEqual([{ name: "u", password: "s" }]);
  });

  it("leaves out the mark of whoever made it, and what the service has retired", () => {
    const retired = { certificateReferences: [], applicationLicenses: ["maya"] };
    const found = {
      ...render.dedicatedNodes(0).build(),
      ...retired,
      state: "active",
      metadata: [
        { name: "creationid", value: "1" },
        { name: "team", value: "film" },
      ],
    };
    const built = pool.from(found, "next").build();
    expect(built).not.toHaveProperty("state");
    expect(built).not.toHaveProperty("applicationLicenses");
    expect(built.metadata).toEqual([{ name: "team", value: "film" }]);
  });
});

it.each([undefined, null, "render", 5, []])("pool.from(%j) is refused", (existing) => {
  expect(() => pool.from(existing as never)).toThrow(/pool\.from/);
});
