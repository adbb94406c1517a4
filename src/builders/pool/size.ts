import type { PoolSpecification } from "../../azure/parameters/index.js";
import { type AutoscaleOptions, type AutoscaleParameter, autoscaleParameter } from "../autoscale.js";
import { formulaParameter, type OwnFormula } from "../autoscale-formula.js";
import { checkWhole } from "../checks.js";
import type { Problem } from "../problems.js";

/** How many nodes there are of each kind. */
export interface FixedSize {
  readonly dedicatedNodes?: number;
  readonly spotNodes?: number;
}

/** What sizes a pool: options, a formula, or what sized the pool it began as. */
export type Scaling =
  | { readonly kind: "autoscale"; readonly options: AutoscaleOptions }
  | { readonly kind: "formula"; readonly formula: OwnFormula }
  | { readonly kind: "existing"; readonly parameter: AutoscaleParameter };

/** A pool's size as a builder was told it: one of the two. */
export interface PoolSize {
  readonly fixed?: FixedSize;
  readonly scaling?: Scaling;
}

/** Checks a pool's size, and makes its part of the parameter. What was said goes before what was there before. */
export function sizeParameter(
  said: PoolSize,
  inherited: PoolSize,
  taskSlotsPerNode: number,
  problems: Problem[],
): Partial<PoolSpecification> {
  if (said.fixed !== undefined && said.scaling !== undefined) {
    const says = "excludes dedicatedNodes and spotNodes: a pool has a fixed size or follows its work";
    problems.push({ option: `pool.${optionOf(said.scaling)}`, says });
  }
  const scaling = said.scaling ?? (said.fixed === undefined ? inherited.scaling : undefined);
  if (scaling !== undefined) return scalingParameter(scaling, taskSlotsPerNode, problems);

  const { dedicatedNodes, spotNodes } = { ...inherited.fixed, ...said.fixed };
  if (dedicatedNodes === undefined && spotNodes === undefined) {
    const says = "has no size: say dedicatedNodes, spotNodes, autoscale or autoscaleFormula";
    problems.push({ option: "pool", says });
  }
  const bounds = [0, Number.POSITIVE_INFINITY] as const;
  return {
    targetDedicatedNodes: checkWhole(dedicatedNodes ?? 0, bounds, "pool.dedicatedNodes", problems),
    targetLowPriorityNodes: checkWhole(spotNodes ?? 0, bounds, "pool.spotNodes", problems),
  };
}

function optionOf({ kind }: Scaling): string {
  return kind === "formula" ? "autoscaleFormula" : "autoscale";
}

/** What a formula is, however it came to be. */
export function scalingParameter(
  scaling: Scaling,
  taskSlotsPerNode: number,
  problems: Problem[],
): AutoscaleParameter {
  switch (scaling.kind) {
    case "autoscale":
      return autoscaleParameter(scaling.options, taskSlotsPerNode, problems);
    case "formula":
      return formulaParameter(scaling.formula, problems);
    case "existing":
      return scaling.parameter;
  }
}
