import { galleryImage, ubuntu, windowsServer } from "../../../src/builders/images.js";
import { pool } from "../../../src/builders/pool.js";
import type { ParameterCoverage } from "./parameter-case.js";

const RESOURCES = "/subscriptions/0000/resourceGroups/ours/providers";
const identityReference = {
  resourceId: `${RESOURCES}/Microsoft.ManagedIdentity/userAssignedIdentities/reader`,
};

const unsized = pool("pool").vmSize("Standard_D2s_v5").image(ubuntu("24.04"));
const base = unsized.dedicatedNodes(0);
const windows = base.image(windowsServer("2022"));

export const poolCoverage: ParameterCoverage = {
  parameter: "PoolAddParameter",
  base: () => base.build(),
  cases: [
    {
      method: "pool",
      build: () => pool("another").vmSize("Standard_D2s_v5").image(ubuntu("24.04")).dedicatedNodes(0).build(),
    },
    { method: "displayName", build: () => base.displayName("Rendering").build() },
    { method: "vmSize", build: () => base.vmSize("Standard_D4s_v5").build() },
    {
      method: "image",
      build: () =>
        base
          .image({
            publisher: "a",
            offer: "b",
            sku: "c",
            version: "1.2.3",
            nodeAgentSKUId: "batch.node.ubuntu 22.04",
          })
          .build(),
    },
    {
      method: "image",
      build: () =>
        base
          .image(
            galleryImage(`${RESOURCES}/Microsoft.Compute/galleries/ours/images/render/versions/1.2.3`, {
              nodeAgentSKUId: "batch.node.ubuntu 22.04",
            }),
          )
          .build(),
    },
    {
      method: "containers",
      build: () =>
        base
          .containers({
            type: "criCompatible",
            images: ["python:3.12"],
            registries: [
              { registryServer: "a.example.com", username: "reader", password: "secret" },
              { registryServer: "b.azurecr.io", identityReference },
            ],
          })
          .build(),
    },
    {
      method: "dataDisks",
      build: () =>
        base
          .dataDisks([
            { diskSizeGB: 64 },
            { lun: 7, diskSizeGB: 128, caching: "readonly", storageAccountType: "premium_lrs" },
          ])
          .build(),
    },
    { method: "ephemeralOSDisk", build: () => base.ephemeralOSDisk().build() },
    { method: "diskEncryption", build: () => base.diskEncryption().build() },
    {
      method: "diskEncryption",
      base: () => windows.build(),
      build: () => windows.diskEncryption(["osdisk", "temporarydisk"]).build(),
    },
    { method: "nodePlacement", build: () => base.nodePlacement("zonal").build() },
    {
      method: "extensions",
      build: () =>
        base
          .extensions([
            { name: "first", publisher: "Microsoft.Azure.Extensions", type: "CustomScript" },
            {
              name: "second",
              publisher: "Microsoft.Azure.KeyVault",
              type: "KeyVaultForLinux",
              typeHandlerVersion: "3.0",
              autoUpgradeMinorVersion: true,
              settings: { secretsManagementSettings: { pollingIntervalInS: "300" } },
              protectedSettings: { token: "secret" },
              provisionAfterExtensions: ["first"],
            },
          ])
          .build(),
    },
    {
      method: "automaticUpdates",
      base: () => windows.build(),
      build: () => windows.automaticUpdates(false).build(),
    },
    {
      method: "licenseType",
      base: () => windows.build(),
      build: () => windows.licenseType("Windows_Server").build(),
    },
    { method: "resizeTimeout", build: () => base.resizeTimeout("20m").build() },
    { method: "dedicatedNodes", build: () => unsized.dedicatedNodes(1).build() },
    { method: "spotNodes", build: () => unsized.spotNodes(1).build() },
    { method: "autoscale", build: () => unsized.autoscale({ max: 1, evaluationInterval: "10m" }).build() },
    {
      method: "autoscaleFormula",
      build: () =>
        unsized
          .autoscaleFormula("$TargetDedicatedNodes = min(1, max(0, $PendingTasks.GetSample(1)))", {
            startNodes: 1,
            nodeDeallocationOption: "taskcompletion",
          })
          .build(),
    },
    {
      method: "startTask",
      build: () =>
        base
          .startTask({
            commandLine: "/bin/true",
            env: { LANG: "C" },
            resourceFiles: [{ httpUrl: "https://example.com/table.csv", filePath: "table.csv" }],
            elevationLevel: "admin",
            maxTaskRetryCount: 2,
            waitForSuccess: false,
          })
          .build(),
    },
    {
      method: "startTask",
      build: () =>
        base
          .startTask({
            command: ["/bin/echo", "it's"],
            userIdentity: { username: "painter" },
            container: {
              imageName: "a.example.com/painter:4",
              containerRunOptions: "--rm",
              workingDirectory: "containerImageDefault",
              registry: { registryServer: "a.example.com", username: "reader", password: "secret" },
            },
            resourceFiles: [
              { storageContainerUrl: "https://ours.blob.core.windows.net/scenes", identityReference },
              { autoStorageContainerName: "scenes", blobPrefix: "a/", filePath: "scenes", fileMode: "0644" },
            ],
          })
          .build(),
    },
    {
      method: "startTask",
      build: () =>
        base
          .startTask({
            commandLine: "/bin/true",
            container: {
              imageName: "b.azurecr.io/painter:4",
              registry: { registryServer: "b.azurecr.io", identityReference },
            },
          })
          .build(),
    },
    { method: "taskSlotsPerNode", build: () => base.taskSlotsPerNode(4).build() },
    { method: "taskFillType", build: () => base.taskFillType("pack").build() },
    { method: "interNodeCommunication", build: () => base.interNodeCommunication().build() },
    { method: "nodeCommunicationMode", build: () => base.nodeCommunicationMode("simplified").build() },
    {
      method: "network",
      build: () =>
        base
          .network({
            dynamicVNetAssignmentScope: "job",
            publicIPAddresses: [`${RESOURCES}/Microsoft.Network/publicIPAddresses/first`],
            endpoints: [
              {
                name: "preview",
                protocol: "tcp",
                backendPort: 8080,
                frontendPortRange: [15_000, 15_100],
                networkSecurityGroupRules: [
                  {
                    priority: 150,
                    access: "allow",
                    sourceAddressPrefix: "203.0.113.0/24",
                    sourcePortRanges: ["1-100", "200"],
                  },
                ],
              },
              { name: "metrics", protocol: "udp", backendPort: 9090, frontendPortRange: [16_000, 16_039] },
            ],
          })
          .build(),
    },
    { method: "network", build: () => base.network({ publicIPAddresses: "nopublicipaddresses" }).build() },
    {
      method: "network",
      build: () =>
        base
          .network({ subnetId: `${RESOURCES}/Microsoft.Network/virtualNetworks/ours/subnets/nodes` })
          .build(),
    },
    {
      method: "users",
      build: () =>
        base
          .users([
            {
              name: "painter",
              password: "secret",
              elevationLevel: "admin",
              linux: { uid: 1234, gid: 1234, sshPrivateKey: "secret" },
            },
          ])
          .build(),
    },
    {
      method: "users",
      base: () => windows.build(),
      build: () =>
        windows
          .users([{ name: "painter", password: "secret", windows: { loginMode: "interactive" } }])
          .build(),
    },
    {
      method: "applicationPackages",
      build: () =>
        base
          .applicationPackages([
            {
              applicationId: `${RESOURCES}/Microsoft.Batch/batchAccounts/ours/applications/blender`,
              version: "4.2",
            },
          ])
          .build(),
    },
    {
      method: "mounts",
      build: () =>
        base
          .mounts([
            {
              type: "azureBlob",
              accountName: "ours",
              containerName: "a",
              accountKey: "secret",
              relativeMountPath: "a",
              blobfuseOptions: "-o allow_other",
            },
            {
              type: "azureBlob",
              accountName: "ours",
              containerName: "b",
              sasKey: "secret",
              relativeMountPath: "b",
            },
            {
              type: "azureBlob",
              accountName: "ours",
              containerName: "c",
              identityReference,
              relativeMountPath: "c",
            },
            {
              type: "nfs",
              source: "10.0.0.4:/cache",
              relativeMountPath: "d",
              mountOptions: "-o vers=4",
            },
            {
              type: "cifs",
              source: "//10.0.0.5/share",
              username: "reader",
              password: "secret",
              relativeMountPath: "e",
              mountOptions: "-o vers=3.0",
            },
            {
              type: "azureFiles",
              accountName: "ours",
              azureFileUrl: "https://ours.file.core.windows.net/share",
              accountKey: "secret",
              relativeMountPath: "f",
              mountOptions: "-o vers=3.0",
            },
          ])
          .build(),
    },
    { method: "metadata", build: () => base.metadata({ team: "film" }).build() },
  ],
};
