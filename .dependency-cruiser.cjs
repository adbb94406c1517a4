/** The rule of dependency between the layers; CONTRIBUTING.md says how a run works. */
const only = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

module.exports = {
  forbidden: [
    only(
      "no-circular",
      "Modules that need each other when they run are one module; types may name each other.",
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    ),
    only(
      "azure-alone-imports-azure",
      "A newer client is a change in src/azure alone.",
      { path: "^src", pathNot: "^src/azure" },
      { path: "node_modules/@azure" },
    ),
    only(
      "azure-below-all",
      "The ports know nothing of what stands on them.",
      { path: "^src/azure" },
      { path: "^src", pathNot: "^src/(azure|errors|built-file|clock)" },
    ),
    only(
      "builders-do-no-io",
      "Builders are pure.",
      { path: "^src/builders" },
      {
        path: "^src",
        pathNot:
          "^src/(builders|command-line|errors|azure/(parameters|creation-id)|autoscale/index|built-file)",
      },
    ),
    only(
      "autoscale-is-loaded-when-needed",
      "Its parser is bundled with it: whoever imports the library loads it for a formula alone.",
      { path: "^src", pathNot: "^src/(emulator|autoscale)" },
      { path: "^src/autoscale", dependencyTypesNot: ["type-only"] },
    ),
    only(
      "autoscale-is-pure",
      "The emulator and the builders share it.",
      { path: "^src/autoscale" },
      { path: "^src|^node:|^fs$", pathNot: "^src/autoscale" },
    ),
    only(
      "work-below-run",
      "Work knows no client and no run.",
      { path: "^src/work" },
      { path: "^src", pathNot: "^src/(work|command-line|errors|protocol)" },
    ),
    only(
      "command-line-is-pure",
      "How texts become arguments and arguments texts, for builders and work.",
      { path: "^src/command-line" },
      { path: "^src", pathNot: "^src/(command-line|errors)" },
    ),
    only(
      "client-below-run",
      "The client knows no run.",
      { path: "^src/client" },
      { path: "^src", pathNot: "^src/(client|azure|builders|errors|local/engine)" },
    ),
    only(
      "protocol-is-pure",
      "Client and node runner share it: the codec's library and nothing else.",
      { path: "^src/protocol" },
      {
        pathNot: "^(src/protocol|[./\\w-]*node_modules/devalue|util|node:util|buffer|node:buffer)",
        dependencyTypesNot: ["type-only"],
      },
    ),
    only(
      "node-runner-stands-alone",
      "It is bundled to one file that needs Node.js alone.",
      { path: "^src/node-runner" },
      { path: "^src|node_modules", pathNot: "^src/(node-runner|protocol)|node_modules/(picomatch|@types)" },
    ),
    only(
      "emulator-stands-alone",
      "It serves strangers, and speaks HTTP to the library.",
      { path: "^src/emulator" },
      { path: "^src", pathNot: "^src/(emulator|autoscale)" },
    ),
    only(
      "emulator-knows-no-client",
      "Its schemas are data, made at build time.",
      { path: "^src/emulator" },
      { path: "node_modules/@azure" },
    ),
    only(
      "emulator-is-a-process",
      "The library starts it as a program, in src/local.",
      { path: "^src", pathNot: "^src/emulator" },
      { path: "^src/emulator" },
    ),
    only(
      "local-stands-alone",
      "The local engine is two programs and how to reach them.",
      { path: "^src/local" },
      { path: "^src", pathNot: "^src/(local|errors|built-file)" },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
