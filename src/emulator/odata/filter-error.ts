/** A `$filter` that the service refuses: bad syntax, or a property or an operator this list does not take. */
export class FilterError extends Error {
  override readonly name = "FilterError";

  /**
   * @param reason what is wrong, without the place
   * @param position where in the filter's text, from 0
   */
  constructor(
    readonly reason: string,
    readonly position: number,
  ) {
    super(`The $filter is not valid at position ${position}: ${reason}`);
  }
}
