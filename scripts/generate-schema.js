// Writes src/emulator/schema/models.generated.json: the shapes of all request bodies, from the mappers of
// @azure/batch, so that the emulator knows them without the SDK. `--check` only compares, and fails when it is stale.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const { BatchServiceMappers: mappers } = createRequire(import.meta.url)("@azure/batch");
const target = fileURLToPath(new URL("../src/emulator/schema/models.generated.json", import.meta.url));

/** The models that are whole request bodies. */
const bodies = [
  "CertificateAddParameter",
  "ComputeNodeUser",
  "JobAddParameter",
  "JobDisableParameter",
  "JobPatchParameter",
  "JobScheduleAddParameter",
  "JobSchedulePatchParameter",
  "JobScheduleUpdateParameter",
  "JobTerminateParameter",
  "JobUpdateParameter",
  "NodeDisableSchedulingParameter",
  "NodeRebootParameter",
  "NodeReimageParameter",
  "NodeRemoveParameter",
  "NodeUpdateUserParameter",
  "PoolAddParameter",
  "PoolEnableAutoScaleParameter",
  "PoolEvaluateAutoScaleParameter",
  "PoolPatchParameter",
  "PoolResizeParameter",
  "PoolUpdatePropertiesParameter",
  "TaskAddCollectionParameter",
  "TaskAddParameter",
  "TaskUpdateParameter",
  "UploadBatchServiceLogsConfiguration",
];

/** The mapper's type names as the schema calls them. All numbers in request bodies are 32-bit integers. */
const simpleTypes = {
  String: "string",
  Boolean: "boolean",
  Number: "integer",
  DateTime: "dateTime",
  TimeSpan: "duration",
  Object: "object",
};

function propertyType(type) {
  if (type.name === "Sequence") return { ...propertyType(type.element.type), list: true };
  if (type.name === "Composite") return { type: "model", model: type.className };
  if (type.name === "Enum") return { type: "enum", values: type.allowedValues };
  const simple = simpleTypes[type.name];
  if (!simple) throw new Error(`The schema has no name for the mapper type ${type.name}`);
  return { type: simple };
}

function schemaOf(model) {
  const properties = Object.values(mappers[model].type.modelProperties).map((property) => [
    property.serializedName,
    { ...propertyType(property.type), ...(property.required ? { required: true } : {}) },
  ]);
  return Object.fromEntries(properties);
}

/** The bodies' models and all models inside them, by name. */
function allModels() {
  const models = new Map();
  const waiting = [...bodies];
  for (let model = waiting.pop(); model; model = waiting.pop()) {
    if (models.has(model)) continue;
    const schema = schemaOf(model);
    models.set(model, schema);
    waiting.push(...Object.values(schema).flatMap((property) => property.model ?? []));
  }
  return [...models].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** JSON with a line for each property. */
function format(models) {
  const blocks = models.map(([model, schema]) => {
    const lines = Object.entries(schema).map(
      ([name, property]) => `    "${name}": ${JSON.stringify(property)}`,
    );
    return `  "${model}": {\n${lines.join(",\n")}\n  }`;
  });
  return `{\n${blocks.join(",\n")}\n}\n`;
}

const generated = format(allModels());
if (!process.argv.includes("--check")) {
  await writeFile(target, generated);
} else if ((await readFile(target, "utf8").catch(() => "")) !== generated) {
  console.error("models.generated.json is stale: run node scripts/generate-schema.js");
  process.exitCode = 1;
}
