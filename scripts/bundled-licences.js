// The licences of the packages that ended up in bundles: they go where the bundles go.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes the licence texts of all packages in esbuild's `metafiles` to `file`, and then those in `others`. */
export function writeBundledLicences(metafiles, file, others) {
  const folders = new Set();
  for (const { inputs } of metafiles) {
    for (const input of Object.keys(inputs)) {
      const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
      if (folder !== undefined) folders.add(folder);
    }
  }
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const licence = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text =
      licence === undefined ? `Licence: ${license}` : readFileSync(join(folder, licence), "utf8").trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  const all = [...texts, ...others.map((other) => readFileSync(other, "utf8"))];
  writeFileSync(
    file,
    `Packages in these bundles, and their licences.\n\n${all.join(`\n${"-".repeat(80)}\n\n`)}`,
  );
}
