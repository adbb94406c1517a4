import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { strToU8, zipSync } from "fflate";

/** A wheel, as pip installs it: one module of the package's name, and a program that prints its version. */
export function wheel(name: string, version: string, source: string): { file: string; content: Uint8Array } {
  const info = `${name}-${version}.dist-info`;
  const files = {
    [`${name}.py`]: source,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`${info}/entry_points.txt`]: `[console_scripts]\n${name}-version = ${name}:main\n`,
    [`${info}/RECORD`]: "",
  };
  const content = zipSync(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)])),
  );
  return { file: `${name}-${version}-py3-none-any.whl`, content };
}

/** A package index on loopback. */
export interface WheelIndex {
  readonly url: string;
  /** How often a wheel was downloaded. */
  readonly downloads: () => number;
  readonly close: () => void;
}

export async function serveWheels(
  wheels: readonly { file: string; content: Uint8Array }[],
): Promise<WheelIndex> {
  let downloads = 0;
  const server: Server = createServer((request, response) => {
    const path = request.url ?? "/";
    const found = wheels.find(({ file }) => path === `/files/${file}`);
    if (found !== undefined) {
      downloads += 1;
      response.end(found.content);
      return;
    }
    const name = /^\/simple\/([^/]+)\/$/.exec(path)?.[1];
    const listed = wheels.filter(({ file }) => file.startsWith(`${name}-`));
    if (listed.length === 0) response.writeHead(404).end();
    else {
      response.setHeader("Content-Type", "text/html");
      response.end(listed.map(({ file }) => `<a href="/files/${file}">${file}</a>`).join("\n"));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`,
    downloads: () => downloads,
    close: () => server.close(),
  };
}
