import { fileURLToPath } from "node:url";
import ts from "typescript";

/** A property of a parameter of the service, as the client library's declarations have it. */
export interface SdkProperty {
  /** Its path on the wire, with `[]` for each of an array's items: `"dependsOn.taskIdRanges[].start"`. */
  readonly path: string;
  /** Why no method sets it, where that is so. */
  readonly unset?: string;
  /** Whether what is within it is the user's own, or stands in a table of its own. */
  readonly isOpen?: boolean;
}

/** What the service has retired, where the declarations do not say so themselves. */
const RETIRED: Readonly<Record<string, string>> = {
  certificateReferences:
    "deprecated: certificates ended on 29 February 2024, Azure Key Vault takes their place",
  cloudServiceConfiguration: "deprecated: pools of Cloud Services ended on 29 February 2024",
  applicationLicenses: "deprecated: licences by use ended with Batch's rendering images in February 2024",
};

/** Where a property's name in the declarations is another one than on the wire. */
const WIRE_NAMES: Readonly<Record<string, string>> = {
  "ContainerRegistry.userName": "username",
  "UserIdentity.userName": "username",
};

/** What the client library sends of its own accord, and declares nowhere. */
const UNDECLARED: Readonly<Record<string, readonly string[]>> = { ContainerConfiguration: ["type"] };

/** What is within these types stands in a table of its own. */
const REFERENCES = ["PoolSpecification"];

const declarations = fileURLToPath(
  new URL("../../../node_modules/@azure/batch/types/src/models/index.d.ts", import.meta.url),
);
const program = ts.createProgram([declarations], { strict: true });
const checker = program.getTypeChecker();

/** All properties of a type of the client library, those within them included. */
export function sdkProperties(typeName: string): SdkProperty[] {
  const source = program.getSourceFile(declarations);
  const module = source && checker.getSymbolAtLocation(source);
  const symbol = module && checker.tryGetMemberInModuleExports(typeName, module);
  if (symbol === undefined) throw new Error(`The client library declares no type ${typeName}.`);
  return within(checker.getDeclaredTypeOfSymbol(symbol), "", []);
}

function within(
  type: ts.Type,
  prefix: string,
  parents: readonly ts.Type[],
  parentUnset?: string,
): SdkProperty[] {
  const undeclared = (UNDECLARED[type.symbol.name] ?? []).map((name) => ({ path: `${prefix}${name}` }));
  const declared = type.getProperties().flatMap((property) => {
    const name = WIRE_NAMES[`${type.symbol.name}.${property.name}`] ?? property.name;
    const unset = parentUnset ?? RETIRED[name] ?? deprecation(property) ?? readOnly(property);
    const { item, suffix } = itemOf(typeOf(property));
    const path = `${prefix}${name}${suffix}`;
    const isReference = REFERENCES.includes(item.symbol?.name);
    const isNested = item.isClassOrInterface() && !isReference && item.symbol.name !== "Date";
    const inner =
      isNested && !parents.includes(item) ? within(item, `${path}.`, [...parents, item], unset) : [];
    const isOpen = isReference || (item.flags & ts.TypeFlags.Any) !== 0;
    return [{ path, ...(unset !== undefined && { unset }), ...(isOpen && { isOpen }) }, ...inner];
  });
  return [...undeclared, ...declared];
}

function typeOf(property: ts.Symbol): ts.Type {
  const declaration = property.valueDeclaration;
  if (declaration === undefined) throw new Error(`${property.name} has no declaration.`);
  return checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(property, declaration));
}

/** What an array has, however deep. */
function itemOf(type: ts.Type): { item: ts.Type; suffix: string } {
  if (!checker.isArrayType(type)) return { item: type, suffix: "" };
  const [element] = checker.getTypeArguments(type as ts.TypeReference);
  const { item, suffix } = itemOf(element as ts.Type);
  return { item, suffix: `[]${suffix}` };
}

function readOnly(property: ts.Symbol): string | undefined {
  const { valueDeclaration: declaration } = property;
  const flags = declaration === undefined ? 0 : ts.getCombinedModifierFlags(declaration);
  return flags & ts.ModifierFlags.Readonly ? "read-only: the service sets it" : undefined;
}

/** What the declarations say against a property: by a tag, or in words. */
function deprecation(property: ts.Symbol): string | undefined {
  const tag = property.getJsDocTags(checker).find(({ name }) => name === "deprecated");
  if (tag !== undefined) return ts.displayPartsToString(tag.text) || "deprecated";
  const text = ts.displayPartsToString(property.getDocumentationComment(checker));
  return /[^.]*\b(?:is|are|been) (?:deprecated|retired)\b[^.]*/i.exec(text)?.[0].trim();
}
