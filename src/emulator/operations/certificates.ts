import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { certificateKey } from "../execution/certificates.js";
import { invalidProperty, missingProperty, ServiceError } from "../http/errors.js";
import { entityAnswer, listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import type { BatchRequest } from "../http/request.js";
import { filterable } from "../odata/filterable.js";
import { type Service, serviceWaits } from "../service.js";
import type { CertificateRecord, CertificateState } from "../state/certificate.js";
import { asJson } from "../views/common.js";
import type { JsonObject } from "../wire/json.js";
import { isoTime } from "../wire/time.js";

const add: Operation = {
  name: "Certificate_Add",
  method: "POST",
  path: "/certificates",
  status: 201,
  headers: "LD",
  conditional: "none",
  body: "CertificateAddParameter",
  run(service, request) {
    const { data, password, certificateFormat } = request.body;
    const algorithm = String(request.body.thumbprintAlgorithm).toLowerCase();
    const thumbprint = String(request.body.thumbprint).replace(/\s/g, "").toLowerCase();
    const format = certificateFormat === "cer" ? "cer" : "pfx";
    requirePassword(format, password);
    const key = certificateKey(algorithm, thumbprint);
    const existing = service.account.certificates.get(key);
    if (existing !== undefined) {
      throw new ServiceError(existing.state === "deleting" ? "CertificateBeingDeleted" : "CertificateExists");
    }

    const certificate = readCertificate(String(data), format, password);
    const print = certificate?.fingerprint.replaceAll(":", "").toLowerCase();
    if (print !== undefined && print !== thumbprint) {
      throw invalidProperty("thumbprint", thumbprint, "The thumbprint is not that of the certificate");
    }
    const now = service.clock.now();
    service.account.certificates.set(key, {
      thumbprint,
      thumbprintAlgorithm: algorithm,
      data: String(data),
      format,
      password: password === undefined ? undefined : String(password),
      publicData: certificate?.raw.toString("base64"),
      state: "active",
      stateChanged: now,
      previousState: undefined,
      previousStateChanged: now,
      deletionError: undefined,
    });
    const name = `ThumbprintAlgorithm=${algorithm},Thumbprint=${thumbprint}`;
    return { location: `/certificates(${name})` };
  },
};

function requirePassword(format: "pfx" | "cer", password: unknown): void {
  if (format === "pfx" && password === undefined) throw missingProperty("password");
  if (format === "cer" && password !== undefined) {
    // What was sent as a password stays a secret.
    throw invalidProperty("password", "", "A certificate of the format cer has no password");
  }
}

/** Reads a certificate; one in a format that this computer's OpenSSL refuses stays unread. */
function readCertificate(
  data: string,
  format: "pfx" | "cer",
  password: unknown,
): X509Certificate | undefined {
  try {
    const bytes = Buffer.from(data, "base64");
    if (format === "cer") return new X509Certificate(bytes);
    const secure = createSecureContext({ pfx: bytes, passphrase: String(password ?? "") });
    const context = secure.context as { getCertificate?(): Buffer | null };
    const der = context.getCertificate?.();
    return der == null ? undefined : new X509Certificate(der);
  } catch {
    return undefined;
  }
}

function certificateView(baseUrl: string, certificate: CertificateRecord): JsonObject {
  const { thumbprint, thumbprintAlgorithm } = certificate;
  const previous = certificate.previousState !== undefined;
  return {
    thumbprint,
    thumbprintAlgorithm,
    url: `${baseUrl}/certificates(thumbprintAlgorithm=${thumbprintAlgorithm},thumbprint=${thumbprint})`,
    state: certificate.state,
    stateTransitionTime: isoTime(certificate.stateChanged),
    previousState: certificate.previousState,
    previousStateTransitionTime: previous ? isoTime(certificate.previousStateChanged) : undefined,
    publicData: certificate.publicData,
    deleteCertificateError:
      certificate.deletionError === undefined ? undefined : asJson(certificate.deletionError),
  };
}

const list: Operation = {
  name: "Certificate_List",
  method: "GET",
  path: "/certificates",
  status: 200,
  headers: "",
  conditional: "none",
  run: (service, request) =>
    listPage(request, service.account.certificates, {
      metadata: "certificates",
      view: (certificate) => certificateView(request.baseUrl, certificate),
      filterable: filterable.certificates,
      selectable: true,
    }),
};

function certificateOf(service: Service, request: BatchRequest): CertificateRecord {
  const match = /^thumbprintalgorithm=([^,]+),thumbprint=(.+)$/i.exec(request.params.certificate ?? "");
  const found =
    match === null ? undefined : service.account.certificates.get(certificateKey(match[1]!, match[2]!));
  if (found === undefined) throw new ServiceError("CertificateNotFound");
  return found;
}

const path = "/certificates(:certificate)";

const get: Operation = {
  name: "Certificate_Get",
  method: "GET",
  path,
  status: 200,
  headers: "",
  conditional: "none",
  run: (service, request) =>
    entityAnswer(
      request,
      "certificates/@Element",
      certificateView(request.baseUrl, certificateOf(service, request)),
    ),
};

const remove: Operation = {
  name: "Certificate_Delete",
  method: "DELETE",
  path,
  status: 202,
  headers: "",
  conditional: "none",
  run(service, request) {
    const certificate = certificateOf(service, request);
    if (certificate.state === "deleting") throw new ServiceError("CertificateBeingDeleted");
    changeState(service, certificate, "deleting");
    service.clock.afterServiceWait(serviceWaits.certificateDeletion, () =>
      finishDeletion(service, certificate),
    );
    return {};
  },
};

function finishDeletion(service: Service, certificate: CertificateRecord): void {
  const users = usersOf(service, certificate);
  if (users.length > 0) {
    changeState(service, certificate, "deletefailed");
    certificate.deletionError = deletionError(users);
    return;
  }
  service.account.certificates.delete(
    certificateKey(certificate.thumbprintAlgorithm, certificate.thumbprint),
  );
}

type CertificateUser = { pool: string } | { node: string };

/** The pools that name a certificate, and the nodes that have it: they keep what they had until they boot again. */
function usersOf(
  service: Service,
  { thumbprint, thumbprintAlgorithm }: CertificateRecord,
): CertificateUser[] {
  const key = certificateKey(thumbprintAlgorithm, thumbprint);
  const isAmong = (references: readonly JsonObject[]): boolean =>
    references.some(
      (reference) =>
        certificateKey(String(reference.thumbprintAlgorithm), String(reference.thumbprint)) === key,
    );
  const users: CertificateUser[] = [];
  for (const pool of service.account.pools.values()) {
    if (isAmong(pool.spec.certificateReferences ?? [])) users.push({ pool: pool.id });
    for (const node of pool.nodes.values()) {
      if (isAmong(node.installed.certificateReferences)) users.push({ node: node.id });
    }
  }
  return users;
}

const mostUsersNamed = 100;

function deletionError(users: readonly CertificateUser[]): CertificateRecord["deletionError"] {
  const usedByPool = users.some((user) => "pool" in user);
  return {
    code: usedByPool ? "PoolsReferencingCertificate" : "NodesReferencingCertificate",
    message: `The specified certificate is being used by the below mentioned ${usedByPool ? "pool(s)" : "node(s)"}`,
    values: users
      .slice(0, mostUsersNamed)
      .map((user) =>
        "pool" in user ? { name: "Pool", value: user.pool } : { name: "Node", value: user.node },
      ),
  };
}

const cancelDeletion: Operation = {
  name: "Certificate_CancelDeletion",
  method: "POST",
  path: `${path}/canceldelete`,
  status: 204,
  headers: "D",
  conditional: "none",
  run(service, request) {
    const certificate = certificateOf(service, request);
    if (certificate.state === "active") throw new ServiceError("CertificateStateActive");
    if (certificate.state === "deleting") throw new ServiceError("CertificateBeingDeleted");
    changeState(service, certificate, "active");
    return {};
  },
};

function changeState(service: Service, certificate: CertificateRecord, state: CertificateState): void {
  certificate.previousState = certificate.state;
  certificate.previousStateChanged = certificate.stateChanged;
  certificate.state = state;
  certificate.deletionError = undefined;
  certificate.stateChanged = service.clock.now();
}

export const certificateOperations: readonly Operation[] = [add, list, get, remove, cancelDeletion];
