/*
 * Releases of Node.js for Linux on x64, one for each major version that has long-term support. Node.js publishes the hashes
 * in the SHASUMS256.txt beside each archive: https://nodejs.org/dist/v<version>/SHASUMS256.txt. A version and its hash
 * change together. The archives of Node.js 25 and later run only where libatomic.so.1 is installed.
 */
const RELEASES: Readonly<Record<number, { version: string; sha256: string }>> = {
  20: { version: "20.20.2", sha256: "df770b2a6f130ed8627c9782c988fda9669fa23898329a61a871e32f965e007d" },
  22: { version: "22.23.3", sha256: "df450af89261115ef9f9e3830c3eeb2cc9213b63c720b1af623cb5dcbe2e02de" },
  24: { version: "24.21.0", sha256: "fd8e59d5a511510f6a298afb548f18c7d2b1be404d8b4a27d94fbe49f56cb2d6" },
  26: { version: "26.11.1", sha256: "3883bfc73f9a680ca4eab04b196068aaaab1373ffa77d8fc1a4408222495b651" },
};

/**
 * The release of Node.js that nodes without a new enough one download: the URL of its archive on nodejs.org (a `.tar.xz` for
 * Linux on x64) and the SHA-256 of the archive, in lowercase hexadecimal digits. It is pinned, so that nodes that join
 * later get the very same Node.js.
 *
 * @param major - The major version, for example `22`.
 * @returns `undefined` for a major version that has no pinned release, such as those without long-term support.
 *
 * @example
 * ```ts
 * const archive = pinnedNodeArchive(22);
 * if (archive !== undefined) console.log(archive.url, archive.sha256);
 * ```
 */
export function pinnedNodeArchive(major: number): { url: string; sha256: string } | undefined {
  const release = RELEASES[major];
  if (release === undefined) return undefined;
  const { version, sha256 } = release;
  return { url: `https://nodejs.org/dist/v${version}/node-v${version}-linux-x64.tar.xz`, sha256 };
}
