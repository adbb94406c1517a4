import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Service } from "../service.js";
import type { NodeRecord } from "../state/node.js";

/** The key by which the account knows a certificate. */
export function certificateKey(thumbprintAlgorithm: string, thumbprint: string): string {
  return `${thumbprintAlgorithm}-${thumbprint}`.toLowerCase();
}

/** Puts the node's certificates into a task's folder, as Linux nodes do. */
export function writeCertificates(service: Service, node: NodeRecord, folder: string): void {
  for (const reference of node.installed.certificateReferences) {
    const key = certificateKey(String(reference.thumbprintAlgorithm), String(reference.thumbprint));
    const certificate = service.account.certificates.get(key);
    if (certificate === undefined) continue;
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${key}.${certificate.format}`);
    writeFileSync(file, Buffer.from(certificate.data, "base64"));
    if (certificate.password !== undefined) writeFileSync(`${file}.pw`, certificate.password);
  }
}
