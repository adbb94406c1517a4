/** A parameter of the service: as plain data, or as a builder that makes it. */
export type Buildable<T> = T | { build(): T };

/** What a builder builds, or the plain parameter as it is. */
export function built<T extends object>(parameter: Buildable<T>): T {
  return "build" in parameter && typeof parameter.build === "function" ? parameter.build() : (parameter as T);
}
