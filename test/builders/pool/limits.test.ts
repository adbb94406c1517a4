import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { ubuntu, windowsServer } from "../../../src/builders/images.js";
import { type FixedPoolBuilder, pool } from "../../../src/builders/pool.js";

const linux = pool("p").vmSize("Standard_D2s_v5").image(ubuntu("24.04")).dedicatedNodes(1);
const windows = linux.image(windowsServer("2022"));

type Method = Exclude<keyof FixedPoolBuilder, "id" | "build">;

/** What is wrong with a pool of which a method was told this, each as it stands in the error. */
function problemsOf(builder: FixedPoolBuilder, method: Method, value: unknown): string[] {
  try {
    const told = (builder[method] as (value: unknown) => FixedPoolBuilder).call(builder, value);
    told.build();
    return [];
  } catch (error) {
    const text = (error as Error).message.replace(
      /^The pool "p" cannot be built(: |, for \d+ reasons:\n)/,
      "",
    );
    return text.split("\n").map((line) => line.replace(/^- /, ""));
  }
}

const RESOURCES = "/subscriptions/0000/resourceGroups/ours/providers";
const application = `${RESOURCES}/Microsoft.Batch/batchAccounts/ours/applications/blender`;
const endpoint = { name: "web", protocol: "tcp", backendPort: 80, frontendPortRange: [1000, 1100] };
const rule = { priority: 150, access: "allow", sourceAddressPrefix: "*" };
const blob = { type: "azureBlob", accountName: "a", containerName: "b", relativeMountPath: "c", sasKey: "x" };

describe("the limits of the service", () => {
  it.each<[Method, unknown, string[]]>([
    ["containers", {}, []],
    ["containers", 5, ["pool.containers is 5, and not an object."]],
    [
      "containers",
      { type: "docker", images: ["a", 5], image: "b" },
      [
        "pool.containers.image is not known; these are: type, images, registries.",
        'pool.containers.type is "docker", and none of "dockerCompatible", "criCompatible".',
        "pool.containers.images[1] is 5, and not text.",
      ],
    ],
    [
      "containers",
      { registries: [{ registryServer: "a" }] },
      ["pool.containers.registries[0] needs either `username` and `password`, or `identityReference`."],
    ],
    ["dataDisks", [{ diskSizeGB: 1 }, { diskSizeGB: 1 }, { lun: 63, diskSizeGB: 1 }], []],
    ["dataDisks", { diskSizeGB: 1 }, ["pool.dataDisks is an object, and not an array."]],
    [
      "dataDisks",
      [{ diskSizeGB: 0 }, { lun: 64, diskSizeGB: 1, caching: "ReadOnly" }, { lun: 0, diskSizeGB: 1 }],
      [
        "pool.dataDisks[0].diskSizeGB is 0, and not a whole number of at least 1.",
        "pool.dataDisks[1].lun is 64, and not a whole number from 0 to 63.",
        'pool.dataDisks[1].caching is "ReadOnly", and none of "none", "readonly", "readwrite".',
        "pool.dataDisks[2].lun is 0, as pool.dataDisks[0].lun is: each has its own.",
      ],
    ],
    ["diskEncryption", ["temporarydisk"], []],
    ["diskEncryption", undefined, []],
    [
      "diskEncryption",
      ["osdisk", "temporarydisk"],
      ['pool.diskEncryption can only be "temporarydisk" on Linux.'],
    ],
    ["diskEncryption", [], ['pool.diskEncryption can only be "temporarydisk" on Linux.']],
    ["nodePlacement", "global", ['pool.nodePlacement is "global", and none of "regional", "zonal".']],
    ["automaticUpdates", true, ["pool.automaticUpdates is for Windows, and the pool's nodes run Linux."]],
    ["licenseType", "Windows_Server", ["pool.licenseType is for Windows, and the pool's nodes run Linux."]],
    [
      "extensions",
      [
        { name: "a", publisher: "p", type: "t", settings: "x", provisionAfterExtensions: ["a", "b", "c"] },
        { name: "b", publisher: "", type: "t", autoUpgradeMinorVersion: "yes" },
        { name: "b", publisher: "p", type: "t", protectedSettings: ["s3cret"] },
      ],
      [
        "pool.extensions[0].settings is no object.",
        'pool.extensions[1].publisher is "", and not text.',
        'pool.extensions[1].autoUpgradeMinorVersion is "yes", and neither true nor false.',
        "pool.extensions[2].protectedSettings is no object.",
        'pool.extensions[2].name is "b", as pool.extensions[1].name is: each has its own.',
        'pool.extensions[0].provisionAfterExtensions[0] is "a", and no other extension of the pool.',
        'pool.extensions[0].provisionAfterExtensions[2] is "c", and no other extension of the pool.',
      ],
    ],
    ["applicationPackages", [{ applicationId: application }], []],
    [
      "applicationPackages",
      [{ applicationId: "blender" }, { applicationId: application, version: "" }],
      [
        'pool.applicationPackages[0].applicationId is "blender", and not an Azure resource id: ' +
          "/subscriptions/…/resourceGroups/…/providers/Microsoft.Batch/batchAccounts/account/applications/name.",
        'pool.applicationPackages[1].version is "", and not text.',
      ],
    ],
    [
      "applicationPackages",
      Array.from({ length: 11 }, () => ({ applicationId: application })),
      ["pool.applicationPackages has 11 packages, and Batch takes 10 for a pool."],
    ],
    ["interNodeCommunication", "yes", ['pool.interNodeCommunication is "yes", and neither true nor false.']],
    [
      "nodeCommunicationMode",
      "fast",
      ['pool.nodeCommunicationMode is "fast", and none of "default", "classic", "simplified".'],
    ],
  ])("%s %j", (method, value, problems) => {
    expect(problemsOf(linux, method, value)).toEqual(problems);
  });

  it.each<[Method, unknown, string[]]>([
    ["diskEncryption", ["temporarydisk", "osdisk"], []],
    [
      "diskEncryption",
      ["temporarydisk"],
      ['pool.diskEncryption has to be "osdisk" and "temporarydisk" on Windows.'],
    ],
    ["automaticUpdates", "no", ['pool.automaticUpdates is "no", and neither true nor false.']],
    [
      "licenseType",
      "Windows",
      ['pool.licenseType is "Windows", and none of "Windows_Server", "Windows_Client".'],
    ],
    ["startTask", { windowsCommand: ["setup.exe", "a b"] }, []],
    [
      "startTask",
      { command: ["true"] },
      ["pool.startTask.command is for Linux, and the pool's nodes run Windows: use `windowsCommand`."],
    ],
    ["users", [{ name: "a", password: "p", windows: { loginMode: "batch" } }], []],
    [
      "users",
      [{ name: "a", password: "p", windows: { loginMode: "service" } }],
      ['pool.users[0].windows.loginMode is "service", and none of "batch", "interactive".'],
    ],
  ])("on Windows: %s %j", (method, value, problems) => {
    expect(problemsOf(windows, method, value)).toEqual(problems);
  });

  it.each<[string, unknown, string[]]>([
    ["everybody's", { endpoints: [endpoint] }, []],
    ["none", 5, ["pool.network is 5, and not an object."]],
    [
      "a classic subnet",
      { subnetId: `${RESOURCES}/Microsoft.ClassicNetwork/virtualNetworks/a/subnets/b` },
      [
        "pool.network.subnetId is a text of 102 characters, and not an Azure resource id: " +
          "/subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/network/subnets/subnet.",
      ],
    ],
    [
      "unknown values",
      { dynamicVNetAssignmentScope: "pool", publicIPAddresses: "none" },
      [
        'pool.network.dynamicVNetAssignmentScope is "pool", and none of "none", "job".',
        'pool.network.publicIPAddresses is "none", and none of "batchmanaged", "nopublicipaddresses".',
      ],
    ],
    ["no address", { publicIPAddresses: [] }, ["pool.network.publicIPAddresses is an empty list."]],
    [
      "endpoints without addresses",
      { publicIPAddresses: "nopublicipaddresses", endpoints: [endpoint] },
      ["pool.network.endpoints needs public IP addresses, and the pool has none."],
    ],
    [
      "Batch's ports",
      {
        endpoints: [
          { ...endpoint, backendPort: 22, frontendPortRange: [1, 39] },
          { ...endpoint, name: "b", backendPort: 29_876, frontendPortRange: [49_990, 50_040] },
        ],
      },
      [
        "pool.network.endpoints[0].frontendPortRange is 1-39, and a range has at least 40 ports.",
        "pool.network.endpoints[0].backendPort is 22, which is Batch's own.",
        "pool.network.endpoints[1].frontendPortRange is 49990-50040, and 50000-55000 are Batch's own.",
        "pool.network.endpoints[1].backendPort is 29876, which is Batch's own.",
      ],
    ],
    [
      "what is no port",
      { endpoints: [{ ...endpoint, backendPort: 65_536, frontendPortRange: [0, 100] }] },
      [
        "pool.network.endpoints[0].frontendPortRange is no list of two ports from 1 to 65534: the first and the last.",
        "pool.network.endpoints[0].backendPort is 65536, and not a whole number from 1 to 65535.",
      ],
    ],
    [
      "what is the same",
      { endpoints: [endpoint, { ...endpoint, frontendPortRange: [1100, 1200] }] },
      [
        'pool.network.endpoints[1].name is "web", as pool.network.endpoints[0].name is: each has its own.',
        "pool.network.endpoints[1].backendPort is 80, as pool.network.endpoints[0].backendPort is: each has its own.",
        "pool.network.endpoints[1].frontendPortRange is 1100-1200, and overlaps that of pool.network.endpoints[0].",
      ],
    ],
    [
      "a bad name",
      { endpoints: [{ ...endpoint, name: "-web-" }] },
      [
        'pool.network.endpoints[0].name is "-web-", and not 1 to 77 letters, digits, underscores, periods and hyphens, ' +
          "the first a letter or digit, the last one of them or an underscore.",
      ],
    ],
    [
      "bad rules",
      {
        endpoints: [
          {
            ...endpoint,
            networkSecurityGroupRules: [
              { ...rule, priority: 149, access: "maybe", sourceAddressPrefix: "10.0.0.0/33" },
              { ...rule, priority: 200, sourcePortRanges: ["1-10", "10", "9-8", "70000"] },
              { ...rule, priority: 200, sourceAddressPrefix: "Internet", sourcePortRanges: ["*"] },
            ],
          },
        ],
      },
      [
        "pool.network.endpoints[0].networkSecurityGroupRules[0].priority is 149, and not a whole number from 150 to 4096.",
        'pool.network.endpoints[0].networkSecurityGroupRules[0].access is "maybe", and none of "allow", "deny".',
        'pool.network.endpoints[0].networkSecurityGroupRules[0].sourceAddressPrefix is "10.0.0.0/33", and neither an IP ' +
          'address, a subnet, a tag nor "*".',
        'pool.network.endpoints[0].networkSecurityGroupRules[1].sourcePortRanges[1] is "10", and overlaps one before it.',
        'pool.network.endpoints[0].networkSecurityGroupRules[1].sourcePortRanges[2] is "9-8", and neither "*", a port nor ' +
          "two with a hyphen.",
        'pool.network.endpoints[0].networkSecurityGroupRules[1].sourcePortRanges[3] is "70000", and neither "*", a port ' +
          "nor two with a hyphen.",
        "pool.network.endpoints[0].networkSecurityGroupRules[2].priority is 200, as " +
          "pool.network.endpoints[0].networkSecurityGroupRules[1].priority is: each has its own.",
      ],
    ],
    [
      "too many",
      {
        endpoints: Array.from({ length: 6 }, (_, index) => ({
          ...endpoint,
          name: `e${index}`,
          backendPort: 100 + index,
          frontendPortRange: [1000 + 100 * index, 1050 + 100 * index],
          networkSecurityGroupRules: Array.from({ length: 5 }, (_, place) => ({
            ...rule,
            priority: 200 + 5 * index + place,
          })),
        })),
      },
      [
        "pool.network.endpoints has 6 endpoints, and Batch takes 5 for a pool.",
        "pool.network.endpoints have 30 rules together, and Batch takes 25 for a pool.",
      ],
    ],
  ])("network: %s", (_name, value, problems) => {
    expect(problemsOf(linux, "network", value)).toEqual(problems);
  });

  it.each<[string, unknown, string[]]>([
    ["a fine one", [blob], []],
    [
      "two ways to be read",
      [{ ...blob, accountKey: "y" }],
      ["pool.mounts[0] needs one of `accountKey`, `sasKey` and `identityReference`."],
    ],
    [
      "another kind's option",
      [{ type: "nfs", source: "a", relativeMountPath: "b", password: "s3cret" }],
      ["pool.mounts[0].password is not known; these are: type, relativeMountPath, source, mountOptions."],
    ],
    [
      "an unknown kind, and none",
      [{ type: "smb" }, null],
      [
        'pool.mounts[0].type is "smb", and none of "azureBlob", "azureFiles", "nfs", "cifs".',
        'pool.mounts[1].type is undefined, and none of "azureBlob", "azureFiles", "nfs", "cifs".',
      ],
    ],
    ...["/abs", "..", "a/../b", "C:\\x", " "].map((path): [string, unknown, string[]] => [
      `the path ${path}`,
      [{ ...blob, relativeMountPath: path }],
      [
        `pool.mounts[0].relativeMountPath is ${JSON.stringify(path)}, and not a path within the directory of mounts.`,
      ],
    ]),
    [
      "one place for two",
      [blob, blob],
      ['pool.mounts[1].relativeMountPath is "c", as pool.mounts[0].relativeMountPath is: each has its own.'],
    ],
    [
      "a share by http",
      [
        {
          type: "azureFiles",
          accountName: "a",
          azureFileUrl: "http://a/b",
          accountKey: "k",
          relativeMountPath: "d",
        },
      ],
      ["pool.mounts[0].azureFileUrl is no URL of a share that begins with https://."],
    ],
    [
      "too many",
      Array.from({ length: 11 }, (_, index) => ({ ...blob, relativeMountPath: `m${index}` })),
      ["pool.mounts has 11 mounts, and Batch takes 10 for a pool."],
    ],
  ])("mounts: %s", (_name, value, problems) => {
    expect(problemsOf(linux, "mounts", value)).toEqual(problems);
  });

  it("users", () => {
    const users = [
      { name: "x".repeat(21), password: "s3cret" },
      { name: "a", linux: { uid: 1 } },
      { name: "a", password: "s3cret", windows: { loginMode: "batch" }, elevationLevel: "root" },
      { name: "", password: "", linux: { uid: -1, gid: 1, shell: "sh" } },
    ];
    expect(problemsOf(linux, "users", users)).toEqual([
      'pool.users[0].name is "xxxxxxxxxxxxxxxxxxxxx", and not text of 1 to 20 characters.',
      "pool.users[1].password is missing.",
      "pool.users[1].linux needs `uid` and `gid` together, or neither.",
      "pool.users[2].windows is for Windows, and the pool's nodes run Linux.",
      'pool.users[2].elevationLevel is "root", and none of "nonadmin", "admin".',
      'pool.users[3].name is "", and not text of 1 to 20 characters.',
      "pool.users[3].password is no text.",
      "pool.users[3].linux.shell is not known; these are: uid, gid, sshPrivateKey.",
      "pool.users[3].linux.uid is -1, and not a whole number from 0 to 2147483647.",
      'pool.users[2].name is "a", as pool.users[1].name is: each has its own.',
    ]);
  });
});

/** What nobody may see. */
const SECRET = "s3cret/sig=abc";

it.each<[Method, unknown]>([
  ["users", [{ name: 5, password: SECRET, linux: { uid: "x", gid: 1, sshPrivateKey: SECRET } }]],
  ["users", [{ name: 5, password: [SECRET], linux: { sshPrivateKey: { key: SECRET } } }]],
  ["mounts", [{ ...blob, accountKey: SECRET, sasKey: SECRET, blobfuseOptions: [SECRET] }]],
  ["mounts", [{ type: "cifs", source: 5, username: 5, password: [SECRET], mountOptions: [SECRET] }]],
  [
    "mounts",
    [
      {
        type: "azureFiles",
        azureFileUrl: `https://a/b?${SECRET}`,
        accountKey: [SECRET],
        mountOptions: SECRET,
      },
    ],
  ],
  ["containers", { registries: [{ username: 5, password: SECRET }, { password: [SECRET] }] }],
  ["containers", { registries: [{ username: 5, password: [SECRET], identityReference: 5 }] }],
  ["extensions", [{ name: 5, protectedSettings: SECRET }]],
  [
    "startTask",
    {
      commandLine: 5,
      resourceFiles: [{ httpUrl: `ftp://a/?${SECRET}` }, { storageContainerUrl: [SECRET], httpUrl: SECRET }],
      container: { imageName: 5, registry: { username: 5, password: [SECRET] } },
    },
  ],
])("no secret of %s is in an error or in an inspected builder", (method, value) => {
  expect(problemsOf(linux, method, value)).not.toEqual([]);
  expect(problemsOf(linux, method, value).join("\n")).not.toContain("s3cret");
  const told = (linux[method] as (value: unknown) => FixedPoolBuilder).call(linux, value);
  expect(inspect(told, { depth: 9, showHidden: true })).not.toContain("s3cret");
  expect(JSON.stringify(told) ?? "").not.toContain("s3cret");
});
