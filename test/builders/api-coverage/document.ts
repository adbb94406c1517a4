import { isWriteOnly } from "./read-back.js";
import type { SdkProperty } from "./sdk-properties.js";

/** A parameter's properties, and the methods that set each, by its path. */
export interface CoverageTable {
  readonly parameter: string;
  readonly properties: readonly SdkProperty[];
  readonly methods: ReadonlyMap<string, readonly string[]>;
}

const INTRODUCTION = `# What the builders cover

Every property of the parameters that Batch takes for pools, jobs, job schedules and tasks (api-version
2022-10-01.16.0), and the method that sets it. A test makes this page of the declarations of \`@azure/batch\`; it sends
what each method builds to the emulator, and reads it back. \`npm run api:coverage\` writes it anew.

\`[]\` stands for each item of a list. The service takes what is *secret*, and never gives it back.
`;

/** The text of docs/api-coverage.md. */
export function coverageDocument(tables: readonly CoverageTable[]): string {
  return [INTRODUCTION, ...tables.map(section)].join("\n");
}

function section({ parameter, properties, methods }: CoverageTable): string {
  const rows = properties.map(({ path, unset }) => {
    const setBy = (methods.get(path) ?? []).map(code).join(", ");
    return `| ${code(path)}${isWriteOnly(path) ? " *secret*" : ""} | ${unset ?? setBy} |`;
  });
  return `## ${parameter}\n\n| property | set by |\n|---|---|\n${rows.join("\n")}\n`;
}

function code(text: string): string {
  return `\`${text}\``;
}
