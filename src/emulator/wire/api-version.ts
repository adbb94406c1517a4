/**
 * The api-versions that the emulator answers, with the running number by which their shapes are told apart. Since 2025
 * a version is its date alone.
 */
const numbers: ReadonlyMap<string, number> = new Map([
  ["2018-08-01.7.0", 7],
  ["2018-12-01.8.0", 8],
  ["2019-06-01.9.0", 9],
  ["2019-08-01.10.0", 10],
  ["2020-03-01.11.0", 11],
  ["2020-09-01.12.0", 12],
  ["2021-06-01.14.0", 14],
  ["2022-01-01.15.0", 15],
  ["2022-10-01.16.0", 16],
  ["2023-05-01.17.0", 17],
  ["2023-11-01.18.0", 18],
  ["2024-02-01.19.0", 19],
  ["2024-07-01.20.0", 20],
  ["2025-06-01", 21],
]);

/** Whether the emulator answers this api-version. */
export const isKnownVersion = (apiVersion: string): boolean => numbers.has(apiVersion);

/** The running number of an api-version: 16 of `2022-10-01.16.0`. */
export function versionNumber(apiVersion: string): number {
  const number = numbers.get(apiVersion);
  if (number === undefined) throw new RangeError(`'${apiVersion}' is no api-version that the emulator knows`);
  return number;
}
