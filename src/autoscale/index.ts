/*
 * The language of autoscale formulas: a parser, an interpreter and a checker, with no I/O. The emulator evaluates with it;
 * builders check with it what they send, and load it, bundled with its parser's library, only for a pool with a formula.
 */

export { checkFormula } from "./check.js";
export { assignedBy, completeFormula } from "./complete.js";
export { targetsIn } from "./evaluate-targets.js";
