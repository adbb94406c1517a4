import { InvalidArgumentError } from "../errors/index.js";

/** @throws InvalidArgumentError for what cannot be called. */
export function checkListener(listener: unknown): void {
  if (typeof listener === "function") return;
  throw new InvalidArgumentError("A listener of a run's progress must be a function.", {
    option: "listener",
  });
}
