/** The longest formula, in characters. */
export const longestFormula = 8192;
/** The most statements in a formula. */
export const mostStatements = 100;
