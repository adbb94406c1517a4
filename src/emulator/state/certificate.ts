import type { Micros } from "../wire/time.js";

export type CertificateState = "active" | "deleting" | "deletefailed";

export interface CertificateRecord {
  readonly thumbprint: string;
  readonly thumbprintAlgorithm: string;
  /** As sent, in Base64. */
  readonly data: string;
  readonly format: "pfx" | "cer";
  readonly password: string | undefined;
  /** The certificate without its private key, in Base64; absent when it could not be read. */
  readonly publicData: string | undefined;
  state: CertificateState;
  stateChanged: Micros;
  previousState: CertificateState | undefined;
  previousStateChanged: Micros;
  /** Why the last deletion failed; present in `deletefailed`. */
  deletionError: { code: string; message: string; values: { name: string; value: string }[] } | undefined;
}
