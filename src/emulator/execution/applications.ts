import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ApplicationPackageReference } from "../state/specs.js";

/** An application and the versions there are of it. */
export interface Application {
  id: string;
  versions: string[];
}

/** A version of an application, and where its package is: a ZIP file, or a folder of what would be in it. */
export interface ApplicationPackage {
  id: string;
  version: string;
  isDefault: boolean;
  path: string;
}

/** The application packages of the account, kept as `<application>/<version>.zip` or `<application>/<version>/`. */
export interface ApplicationLibrary {
  list(): Application[];
  find(id: string): Application | undefined;
  /** The package that a reference names: without a version the application's last one, which counts as its default. */
  resolve(reference: ApplicationPackageReference): ApplicationPackage | undefined;
}

/** Reads a folder of packages whenever it is asked, so that packages may be added while the emulator runs. */
export function createApplicationLibrary(folder: string | undefined): ApplicationLibrary {
  const list = (): Application[] => {
    if (folder === undefined || !existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((id) => statSync(join(folder, id)).isDirectory())
      .map((id) => ({ id, versions: versionsIn(join(folder, id)) }));
  };
  const find = (id: string): Application | undefined =>
    list().find((application) => application.id.toLowerCase() === nameOf(id).toLowerCase());

  return {
    list,
    find,
    resolve({ applicationId, version }) {
      const application = find(applicationId);
      if (application === undefined || folder === undefined) return undefined;
      const { id, versions } = application;
      const last = versions.at(-1);
      const found =
        version === undefined ? last : versions.find((one) => one.toLowerCase() === version.toLowerCase());
      if (found === undefined) return undefined;
      const zip = join(folder, id, `${found}.zip`);
      const path = existsSync(zip) ? zip : join(folder, id, found);
      return { id, version: found, isDefault: version === undefined, path };
    },
  };
}

/** Pools name an application by its whole resource id, `/subscriptions/…/applications/NAME`. */
function nameOf(id: string): string {
  return /^\/subscriptions\/.*\/applications\/([^/]+)$/i.exec(id)?.[1] ?? id;
}

const byVersion = new Intl.Collator("en", { numeric: true });

function versionsIn(folder: string): string[] {
  const names = readdirSync(folder).filter(
    (name) => name.endsWith(".zip") || statSync(join(folder, name)).isDirectory(),
  );
  return [...new Set(names.map((name) => name.replace(/\.zip$/, "")))].sort(byVersion.compare);
}
