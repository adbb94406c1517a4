import { cloudOf } from "../azure/cloud.js";
import type { BatchPort } from "../azure/ports.js";
import { CLOCK_TOLERANCE } from "../azure/sign-in-hint.js";
import { wrongAudience } from "../azure/token-audience.js";
import { ConfigurationError } from "../errors/index.js";
import type { AccountConfiguration } from "./configuration.js";

/**
 * Asks the Batch account whether it lets this client in, before anything is created.
 *
 * @throws ConfigurationError with the option at fault: the key, the credential, or this computer's clock
 */
export async function verifyAccess(batch: BatchPort, configuration: AccountConfiguration): Promise<void> {
  const { clockAhead, refusal } = await batch.checkAccess();
  // Only what a service refuses by its clock is refused with a key; a token, a SAS and filters of times suffer later.
  if (clockAhead !== undefined && Math.abs(clockAhead) > CLOCK_TOLERANCE) throw clockOff(clockAhead, refusal);
  if (refusal === undefined) return;
  const { account, accountSetting } = configuration;
  const problem =
    "credential" in account
      ? await credentialProblem(account.credential, account.url)
      : "Check that it is one of the account's two present keys, and that the name is the account's.";
  throw new ConfigurationError(`${account.url} refused ${accountSetting}. ${problem} ${refusal.message}`, {
    code: "AccessRefused",
    settings: [accountSetting],
    cause: refusal,
  });
}

async function credentialProblem(
  credential: Parameters<typeof wrongAudience>[0],
  url: string,
): Promise<string> {
  const scope = cloudOf(url).batchScope;
  const audience = await wrongAudience(credential, scope);
  return audience === undefined
    ? "Check that the identity has a role on the account, such as Azure Batch Data Contributor, in the account's tenant."
    : `Its token is for "${audience}", and was asked for with the scope ${scope}: give a credential that honours the scope.`;
}

function clockOff(ahead: number, cause: unknown): ConfigurationError {
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  return new ConfigurationError(
    `This computer's clock is ${minutes} minutes ${ahead > 0 ? "ahead of" : "behind"} Azure's, which believes no request that ` +
      "is more than 15 minutes off: set the clock, or let the system set it by NTP.",
    { code: "ClockOff", settings: ["clock"], cause },
  );
}
