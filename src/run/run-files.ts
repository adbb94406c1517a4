import type { WireCommand } from "../protocol/command-line.js";
import { PREPARED } from "../protocol/task-settings.js";
import { refusal } from "../work/check-command.js";
import { FileNames } from "../work/file-names.js";
import type { PreparedWork } from "../work/prepared-work.js";

const FOLDER = `${PREPARED.files}/`;

/**
 * Work whose items bring no file by the name of one of the run's, such as a script. All items on a node share those: what one
 * item brought in its place, others would get.
 */
export function keepRunFiles(work: PreparedWork, files: readonly { readonly as: string }[]): PreparedWork {
  if (work.kind === "function") return work;
  const names = new FileNames();
  for (const { as } of files) names.add(as);
  for (const { name } of work.files) if (name.startsWith(FOLDER)) names.add(name.slice(FOLDER.length));
  return {
    ...work,
    async toWire(item, index, upload) {
      const wire = (await work.toWire(item, index, upload)) as WireCommand;
      for (const { as } of wire.inputs ?? []) {
        const other = names.clashOf(as);
        if (other === undefined) continue;
        throw refusal(
          "work.inputs",
          index,
          `has the file "${as}", which cannot lie beside the run's own file "${other}": give it another name with \`as\``,
        );
      }
      return wire;
    },
  };
}
