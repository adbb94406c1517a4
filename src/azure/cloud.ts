/** What differs between Microsoft's clouds. */
export interface Cloud {
  /** Of the Batch data plane: `account.region.batch.azure.com`. */
  readonly batchSuffix: string;
  /** What a token for the Batch data plane is asked for; the client library's own choice is that of Azure's management. */
  readonly batchScope: string;
  readonly blobSuffix: string;
  /** Where to sign in. */
  readonly authority: string;
}

const publicCloud: Cloud = {
  batchSuffix: "batch.azure.com",
  batchScope: "https://batch.core.windows.net/.default",
  blobSuffix: "blob.core.windows.net",
  authority: "https://login.microsoftonline.com",
};

const clouds: readonly Cloud[] = [
  publicCloud,
  {
    batchSuffix: "batch.usgovcloudapi.net",
    batchScope: "https://batch.core.usgovcloudapi.net/.default",
    blobSuffix: "blob.core.usgovcloudapi.net",
    authority: "https://login.microsoftonline.us",
  },
  {
    batchSuffix: "batch.chinacloudapi.cn",
    batchScope: "https://batch.chinacloudapi.cn/.default",
    blobSuffix: "blob.core.chinacloudapi.cn",
    authority: "https://login.chinacloudapi.cn",
  },
];

/** The cloud that a Batch account's URL belongs to; the public one where its host does not say. */
export function cloudOf(batchUrl: string): Cloud {
  return namedCloud(batchUrl) ?? publicCloud;
}

/** The account's name as the host of one of the clouds shows it; undefined for any other host. */
export function accountNameInHost(batchUrl: string): string | undefined {
  return namedCloud(batchUrl) && new URL(batchUrl).hostname.split(".")[0];
}

function namedCloud(batchUrl: string): Cloud | undefined {
  const { hostname } = new URL(batchUrl);
  return clouds.find((cloud) => hostname.endsWith(`.${cloud.batchSuffix}`));
}
