/** Stands for packages that Azurite loads and the local engine never uses: for telemetry, OAuth, cookies and logs. */
export = function notBundled(): never {
  throw new Error("This part of Azurite is not in the local engine.");
};
