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
    const { thumbprint, thumbprintAlgorithm, data, password, certificateFormat } = request.body;
    const algorithm = String(thumbprintAlgorithm).toLowerCase();
    if (algorithm !== "sha1") {
      throw invalidProperty("thumbprintAlgorithm", algorithm, "The thumbprint algorithm must be sha1");
    }
    const format = certificateFormat === "cer" ? "cer" : "pfx";
    if (format === "pfx" && password === undefined) throw missingProperty("password");
    const key = certificateKey(algorithm, String(thumbprint));
    if (service.account.certificates.has(key)) throw new ServiceError("CertificateExists");

    const certificate = readCertificate(String(data), format, password);
    const print = certificate?.fingerprint.replaceAll(":", "").toLowerCase();
    if (print !== undefined && print !== String(thumbprint).toLowerCase()) {
      throw invalidProperty("thumbprint", thumbprint, "The thumbprint is not that of the certificate");
    }
    const now = service.clock.now();
    service.account.certificates.set(key, {
      thumbprint: String(thumbprint).toLowerCase(),
      thumbprintAlgorithm: algorithm,
      data: String(data),
      format,
      password: password === undefined ? undefined : String(password),
      publicData: certificate?.raw.toString("base64"),
      state: "active",
      stateChanged: now,
      previousState: undefined,
      previousStateChanged: now,
    });
    const name = `ThumbprintAlgorithm=${algorithm},Thumbprint=${String(thumbprint).toLowerCase()}`;
    return { location: `/certificates(${name})` };
  },
};

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
      certificate.state === "deletefailed"
        ? { code: "PoolsReferencingCertificate", message: "The specified certificate is being used by pools" }
        : undefined,
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
  if (isUsed(service, certificate)) {
    changeState(service, certificate, "deletefailed");
    return;
  }
  service.account.certificates.delete(
    certificateKey(certificate.thumbprintAlgorithm, certificate.thumbprint),
  );
}

function isUsed(service: Service, { thumbprint, thumbprintAlgorithm }: CertificateRecord): boolean {
  const key = certificateKey(thumbprintAlgorithm, thumbprint);
  return [...service.account.pools.values()].some((pool) =>
    pool.spec.certificateReferences?.some(
      (reference) =>
        certificateKey(String(reference.thumbprintAlgorithm), String(reference.thumbprint)) === key,
    ),
  );
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
  certificate.stateChanged = service.clock.now();
}

export const certificateOperations: readonly Operation[] = [add, list, get, remove, cancelDeletion];
