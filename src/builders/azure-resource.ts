import { checkForm } from "./checks.js";
import type { Problem } from "./problems.js";

/** The Azure resource id of something below a provider, such as `"Microsoft.Network/publicIPAddresses/*"`. */
export function checkResourceId(
  id: string,
  { provider, example }: { readonly provider: string; readonly example: string },
  option: string,
  problems: Problem[],
): string {
  const path = provider.split("/").map((part) => (part === "*" ? "[^/]+" : part.replaceAll(".", "\\.")));
  const pattern = new RegExp(`^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/${path.join("/")}$`, "i");
  const is = `an Azure resource id: /subscriptions/…/resourceGroups/…/providers/${example}`;
  return checkForm(id, { pattern, is }, option, problems);
}
