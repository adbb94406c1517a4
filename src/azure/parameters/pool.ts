import type {
  ApplicationPackageReference,
  ContainerRegistry,
  EnvironmentSetting,
  IdentityReference,
  MetadataItem,
  ResourceFile,
  TaskContainerSettings,
  UserIdentity,
} from "./common.js";

/**
 * What each node does when it joins a pool, and again when it restarts.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/pool/add#starttask
 */
export interface StartTaskParameter {
  /** The program and its arguments. No shell reads it: begin it with `/bin/sh -c` to have one. */
  readonly commandLine: string;
  /** The container it runs in. Default: none. */
  readonly containerSettings?: TaskContainerSettings;
  /** Files that Batch brings to the node before. */
  readonly resourceFiles?: readonly ResourceFile[];
  /** Its environment variables, beside those of Batch. */
  readonly environmentSettings?: readonly EnvironmentSetting[];
  /** The user it runs as. Default: an auto user of the pool that is no administrator. */
  readonly userIdentity?: UserIdentity;
  /** How often it is run again where its exit code is not 0; -1 for no limit. Default: 0. */
  readonly maxTaskRetryCount?: number;
  /** Whether the node takes no task before it has succeeded. Default: `true`. */
  readonly waitForSuccess?: boolean;
}

/** An image of a virtual machine: one of the marketplace by its four names, or one of the account's own by its id. */
export interface ImageReference {
  /** Who publishes it: `"microsoft-dsvm"`. */
  readonly publisher?: string;
  /** What it is: `"ubuntu-hpc"`. */
  readonly offer?: string;
  /** Which of them: `"2204"`. */
  readonly sku?: string;
  /** Its version. Default: `"latest"`. */
  readonly version?: string;
  /** The Azure resource id of an image in an Azure Compute Gallery. Excludes the others. */
  readonly virtualMachineImageId?: string;
}

/**
 * What runs on the virtual machines of a pool, and which disks they have.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/pool/add#virtualmachineconfiguration
 */
export interface VirtualMachineConfiguration {
  /** The image they start from. */
  readonly imageReference: ImageReference;
  /** The Batch node agent for that image: `"batch.node.ubuntu 22.04"`. */
  readonly nodeAgentSKUId: string;
  /** Settings of Windows; only for an image of it. */
  readonly windowsConfiguration?: {
    /** Whether Windows updates itself. Default: `true`. */
    readonly enableAutomaticUpdates?: boolean;
  };
  /** Empty disks that each node gets for itself; they have to be formatted before they can be used. */
  readonly dataDisks?: readonly DataDisk[];
  /** The licence of one's own under which Windows runs: `"Windows_Server"` or `"Windows_Client"`. */
  readonly licenseType?: "Windows_Server" | "Windows_Client";
  /** What containers need; with it all tasks but start tasks run in containers. */
  readonly containerConfiguration?: ContainerConfiguration;
  /** Which disks are encrypted. */
  readonly diskEncryptionConfiguration?: {
    /** On Linux `"temporarydisk"` alone; on Windows both. */
    readonly targets?: readonly DiskEncryptionTarget[];
  };
  /** Where the nodes are. */
  readonly nodePlacementConfiguration?: {
    /** In one region (the default), or spread over its availability zones. */
    readonly policy?: "regional" | "zonal";
  };
  /** Extensions of the virtual machine, installed on each node. */
  readonly extensions?: readonly VMExtension[];
  /** The disk of the operating system. */
  readonly osDisk?: {
    /** With it the disk lies on the host, and costs nothing. */
    readonly ephemeralOSDiskSettings?: {
      /** Where on the host. */
      readonly placement?: "CacheDisk";
    };
  };
}

/** An empty disk of each node. */
export interface DataDisk {
  /** Its logical unit number: 0 to 63, and another one for each disk. */
  readonly lun: number;
  /** Its size in gigabytes. */
  readonly diskSizeGB: number;
  /** What the host caches. */
  readonly caching?: "none" | "readonly" | "readwrite";
  /** What it is stored on. Default: `"standard_lrs"`. */
  readonly storageAccountType?: "standard_lrs" | "premium_lrs";
}

/** A disk that can be encrypted. */
export type DiskEncryptionTarget = "osdisk" | "temporarydisk";

/** What a pool needs for tasks in containers. */
export interface ContainerConfiguration {
  /** The technology. */
  readonly type: "dockerCompatible" | "criCompatible";
  /** Images that each node pulls before its first task, as for `docker pull`. */
  readonly containerImageNames?: readonly string[];
  /** The registries, other than Docker Hub's public part. */
  readonly containerRegistries?: readonly ContainerRegistry[];
}

/**
 * An extension of the virtual machine.
 *
 * @see https://learn.microsoft.com/azure/batch/create-pool-extensions
 */
export interface VMExtension {
  /** Its name, unlike those of the pool's others. */
  readonly name: string;
  /** Who publishes it. */
  readonly publisher: string;
  /** What it is. */
  readonly type: string;
  /** The version of its handler. */
  readonly typeHandlerVersion?: string;
  /** Whether a newer minor version is taken where there is one. */
  readonly autoUpgradeMinorVersion?: boolean;
  /** Its settings, that anybody may read. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Its settings that are secret; the service never gives them back. */
  readonly protectedSettings?: Readonly<Record<string, unknown>>;
  /** The names of extensions that are installed before it. */
  readonly provisionAfterExtensions?: readonly string[];
}

/** The network of a pool. */
export interface NetworkConfiguration {
  /** The Azure resource id of the subnet that nodes join. */
  readonly subnetId?: string;
  /** Whether each job of the pool may bring its own network. Default: `"none"`. */
  readonly dynamicVNetAssignmentScope?: "none" | "job";
  /** What of the nodes can be reached from outside. */
  readonly endpointConfiguration?: {
    /** A port of each node, mapped to ports of the pool's address; up to 5. */
    readonly inboundNATPools: readonly InboundNATPool[];
  };
  /** The addresses by which nodes reach the internet. */
  readonly publicIPAddressConfiguration?: {
    /** Whose they are. Default: `"batchmanaged"`. */
    readonly provision?: "batchmanaged" | "usermanaged" | "nopublicipaddresses";
    /** The Azure resource ids of the user's own; one for each 100 nodes. */
    readonly ipAddressIds?: readonly string[];
  };
}

/** A port that all nodes of a pool have, each reached by a port of its own from outside. */
export interface InboundNATPool {
  /** Its name, unlike those of the pool's others: up to 77 letters, digits, underscores, periods and hyphens. */
  readonly name: string;
  /** The protocol. */
  readonly protocol: "tcp" | "udp";
  /** The port on each node, but 22, 3389, 29876 and 29877, which are Batch's. */
  readonly backendPort: number;
  /** The first of the ports outside, at least 40: 1 to 65534, but 50000 to 55000, which are Batch's. */
  readonly frontendPortRangeStart: number;
  /** The last of them. */
  readonly frontendPortRangeEnd: number;
  /** Who may reach it, up to 25 in a pool. Default: everybody. */
  readonly networkSecurityGroupRules?: readonly NetworkSecurityGroupRule[];
}

/** Who may reach an endpoint. */
export interface NetworkSecurityGroupRule {
  /** Which rule counts first: 150 to 4096, the lowest before the others, and another one for each rule of a pool. */
  readonly priority: number;
  /** What it says. */
  readonly access: "allow" | "deny";
  /** About whom: an IP address, a subnet such as `"192.168.1.0/24"`, a service tag, or `"*"`. */
  readonly sourceAddressPrefix: string;
  /** And which of their ports: `"*"` (the default), `"22"` or `"100-200"`. */
  readonly sourcePortRanges?: readonly string[];
}

/** A user of each node that tasks can run as. */
export interface UserAccount {
  /** Its name, up to 20 characters. */
  readonly name: string;
  /** Its password; the service never gives it back. */
  readonly password: string;
  /** Whether it may do what an administrator may. Default: `"nonadmin"`. */
  readonly elevationLevel?: "nonadmin" | "admin";
  /** What it is on Linux. */
  readonly linuxUserConfiguration?: {
    /** Its number; only with `gid`. */
    readonly uid?: number;
    /** Its group's number; only with `uid`. */
    readonly gid?: number;
    /** The private key by which nodes that communicate let it in; the service never gives it back. */
    readonly sshPrivateKey?: string;
  };
  /** What it is on Windows. */
  readonly windowsUserConfiguration?: {
    /** How it logs in. Default: `"batch"`. */
    readonly loginMode?: "batch" | "interactive";
  };
}

/** A file system that each node mounts; exactly one of the four. */
export interface MountConfiguration {
  /** A container of Blob Storage, by blobfuse. */
  readonly azureBlobFileSystemConfiguration?: {
    /** The storage account's name. */
    readonly accountName: string;
    /** The container's name. */
    readonly containerName: string;
    /** The account's key; or `sasKey`, or `identityReference`. */
    readonly accountKey?: string;
    /** A SAS of the container; or `accountKey`, or `identityReference`. */
    readonly sasKey?: string;
    /** The managed identity of the pool that reads it; or `accountKey`, or `sasKey`. */
    readonly identityReference?: IdentityReference;
    /** More options of blobfuse. */
    readonly blobfuseOptions?: string;
    /** Where it is mounted, below the directory that `AZ_BATCH_NODE_MOUNTS_DIR` names. */
    readonly relativeMountPath: string;
  };
  /** A file system of NFS. */
  readonly nfsMountConfiguration?: {
    /** Its URI. */
    readonly source: string;
    /** Where it is mounted, below the directory that `AZ_BATCH_NODE_MOUNTS_DIR` names. */
    readonly relativeMountPath: string;
    /** More options of the mount. */
    readonly mountOptions?: string;
  };
  /** A file system of CIFS or SMB. */
  readonly cifsMountConfiguration?: {
    /** The user. */
    readonly username: string;
    /** The user's password; the service never gives it back. */
    readonly password: string;
    /** Its URI. */
    readonly source: string;
    /** Where it is mounted, below the directory that `AZ_BATCH_NODE_MOUNTS_DIR` names. */
    readonly relativeMountPath: string;
    /** More options of the mount. */
    readonly mountOptions?: string;
  };
  /** A share of Azure Files. */
  readonly azureFileShareConfiguration?: {
    /** The storage account's name. */
    readonly accountName: string;
    /** The share's URL: `"https://account.file.core.windows.net/share"`. */
    readonly azureFileUrl: string;
    /** The account's key; the service never gives it back. */
    readonly accountKey: string;
    /** Where it is mounted, below the directory that `AZ_BATCH_NODE_MOUNTS_DIR` names. */
    readonly relativeMountPath: string;
    /** More options of the mount. */
    readonly mountOptions?: string;
  };
}

/**
 * What a pool and the pool specification of an auto pool share.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/pool/add
 */
export interface PoolSpecification {
  /** A name for people, up to 1024 characters. */
  readonly displayName?: string;
  /** The size of the virtual machines, such as `"Standard_D2s_v5"`. */
  readonly vmSize: string;
  /** What runs on them. */
  readonly virtualMachineConfiguration?: VirtualMachineConfiguration;
  /** How many tasks a node runs at once: 1 to 256, and to four times its cores. Default: 1. */
  readonly taskSlotsPerNode?: number;
  /** How tasks are placed. */
  readonly taskSchedulingPolicy?: {
    /** Over all nodes, or on one before the next. Default: `"spread"`. */
    readonly nodeFillType: "spread" | "pack";
  };
  /** How long Batch tries to get the nodes, as an ISO 8601 duration from `"PT5M"` on. Default: `"PT15M"`. */
  readonly resizeTimeout?: string;
  /** How many nodes that are never taken away. Not with `enableAutoScale`. Default: 0. */
  readonly targetDedicatedNodes?: number;
  /** How many Spot nodes. Not with `enableAutoScale`. Default: 0. */
  readonly targetLowPriorityNodes?: number;
  /** Whether `autoScaleFormula` sizes the pool. Default: `false`. */
  readonly enableAutoScale?: boolean;
  /**
   * How many nodes the pool shall have, in Batch's own language.
   *
   * @see https://learn.microsoft.com/azure/batch/batch-automatic-scaling
   */
  readonly autoScaleFormula?: string;
  /** Between two evaluations, as an ISO 8601 duration from `"PT5M"` to `"P7D"`. Default: `"PT15M"`. */
  readonly autoScaleEvaluationInterval?: string;
  /** Whether nodes reach each other; it limits how many there can be. Default: `false`. */
  readonly enableInterNodeCommunication?: boolean;
  /** The network that nodes are in. */
  readonly networkConfiguration?: NetworkConfiguration;
  /** What each node does when it joins. */
  readonly startTask?: StartTaskParameter;
  /** The application packages that each node gets, up to 10. */
  readonly applicationPackageReferences?: readonly ApplicationPackageReference[];
  /** The users that each node gets. */
  readonly userAccounts?: readonly UserAccount[];
  /** Names and values for whoever looks at the pool. */
  readonly metadata?: readonly MetadataItem[];
  /** The file systems that each node mounts, up to 10. */
  readonly mountConfiguration?: readonly MountConfiguration[];
  /** How nodes talk to Batch. Default: `"default"`, by which Batch chooses. */
  readonly targetNodeCommunicationMode?: "default" | "classic" | "simplified";
}

/** A pool: a {@link PoolSpecification} under an id. */
export interface PoolParameter extends PoolSpecification {
  /** 1 to 64 letters, digits, hyphens and underscores; unlike those of the account's other pools, whatever the case. */
  readonly id: string;
}
