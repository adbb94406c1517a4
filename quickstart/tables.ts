import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { python, type RunProgress, runParallel } from "azure-batch-parallel";
import { parse } from "csv-parse/sync";
import { dataFile, dataFolder } from "./data.js";

interface NumericColumn {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** What is known of one CSV file. */
export interface Table {
  readonly rows: number;
  readonly columns: number;
  readonly numeric: Readonly<Record<string, NumericColumn>>;
}

const script = fileURLToPath(new URL("../../quickstart/describe_csv.py", import.meta.url));

/** A Python script over each CSV file, one file an item; compared with a CSV library of JavaScript. */
export async function describeTables(progress: (progress: RunProgress) => void) {
  const files = readdirSync(dataFolder).filter((name) => name.endsWith(".csv"));
  const results = await runParallel(
    files,
    python(script, { args: (name) => [name], inputs: (name) => [dataFile(name)] }),
    { progress },
  );
  const tables = results.map(({ stdout }, index) => ({
    name: files[index] as string,
    ...(JSON.parse(stdout) as Table),
  }));
  return { tables, agrees: tables.every((table) => sameTable(table, inJavaScript(table.name))) };
}

function inJavaScript(name: string): Table {
  const [header, ...rows] = parse(readFileSync(dataFile(name)), {
    bom: true,
    relax_column_count: true,
  }) as string[][];
  const columns = header as string[];
  const numeric: Record<string, NumericColumn> = {};
  columns.forEach((column, index) => {
    const texts = rows.map((row) => row[index] as string).filter((text) => text !== "");
    if (texts.length === 0 || !texts.every((text) => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)))
      return;
    const numbers = texts.map(Number);
    const sum = numbers.reduce((total, number) => total + number, 0);
    numeric[column] = {
      min: numbers.reduce((a, b) => Math.min(a, b)),
      max: numbers.reduce((a, b) => Math.max(a, b)),
      mean: sum / numbers.length,
    };
  });
  return { rows: rows.length, columns: columns.length, numeric };
}

function sameTable(a: Table, b: Table): boolean {
  const names = Object.keys(a.numeric);
  return (
    a.rows === b.rows &&
    a.columns === b.columns &&
    names.length === Object.keys(b.numeric).length &&
    names.every((name) => sameColumn(a.numeric[name], b.numeric[name]))
  );
}

/** Minimum and maximum are exact; the mean depends on how rounding errors add up. */
function sameColumn(a: NumericColumn | undefined, b: NumericColumn | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const tolerance = 1e-9 * Math.max(1, Math.abs(a.mean));
  return a.min === b.min && a.max === b.max && Math.abs(a.mean - b.mean) <= tolerance;
}
