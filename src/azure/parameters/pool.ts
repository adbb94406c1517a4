import type { EnvironmentSetting, MetadataItem, ResourceFile, UserIdentity } from "./common.js";

/**
 * What each node does when it joins a pool, and again when it restarts.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/pool/add#starttask
 */
export interface StartTaskParameter {
  /** The program and its arguments. No shell reads it: begin it with `/bin/sh -c` to have one. */
  readonly commandLine: string;
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
  readonly virtualMachineConfiguration?: {
    /** The image they start from. */
    readonly imageReference: ImageReference;
    /** The Batch node agent for that image: `"batch.node.ubuntu 22.04"`. */
    readonly nodeAgentSKUId: string;
  };
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
  /** What each node does when it joins. */
  readonly startTask?: StartTaskParameter;
  /** Names and values for whoever looks at the pool. */
  readonly metadata?: readonly MetadataItem[];
}

/** A pool: a {@link PoolSpecification} under an id. */
export interface PoolParameter extends PoolSpecification {
  /** 1 to 64 letters, digits, hyphens and underscores; unlike those of the account's other pools, whatever the case. */
  readonly id: string;
}
