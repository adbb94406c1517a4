import generated from "./models.generated.json" with { type: "json" };

/** What a property of a request body may hold. */
export type PropertySchema = {
  readonly required?: true;
  /** The property is an array of these. */
  readonly list?: true;
} & (
  | { readonly type: "string" | "boolean" | "integer" | "dateTime" | "duration" | "object" }
  | { readonly type: "enum"; readonly values: readonly string[] }
  | { readonly type: "model"; readonly model: ModelName }
);

/** The properties of a model by name. */
export type ModelSchema = Readonly<Record<string, PropertySchema>>;

/** The models of request bodies, as api-version 2022-10-01.16.0 has them. */
export type ModelName = keyof typeof generated;

/** Names like `odata.metadata` and `tasks@odata.type` say something about the JSON, and are no properties. */
export const isAnnotation = (property: string): boolean =>
  property.startsWith("odata.") || property.includes("@odata.");

export const models = generated as Readonly<Record<ModelName, ModelSchema>>;
