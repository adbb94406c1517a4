import type { Application } from "../execution/applications.js";
import { ServiceError } from "../http/errors.js";
import { listPage } from "../http/listing.js";
import type { Operation } from "../http/operation.js";
import { OrderedIndex } from "../state/ordered-index.js";
import type { JsonObject } from "../wire/json.js";

function applicationView({ id, versions }: Application): JsonObject {
  return { id, versions };
}

const list: Operation = {
  name: "Application_List",
  method: "GET",
  path: "/applications",
  status: 200,
  headers: "",
  conditional: "none",
  run(service, request) {
    const applications = new OrderedIndex<Application>();
    for (const application of service.applications.list()) applications.set(application.id, application);
    return listPage(request, applications, {
      metadata: "listapplicationsummariesresponses",
      view: applicationView,
      selectable: false,
    });
  },
};

const get: Operation = {
  name: "Application_Get",
  method: "GET",
  path: "/applications/:applicationId",
  status: 200,
  headers: "",
  conditional: "none",
  run(service, request) {
    const application = service.applications.find(request.params.applicationId ?? "");
    if (application === undefined) throw new ServiceError("ApplicationNotFound");
    return { metadata: "getapplicationsummaryresponse/@Element", body: applicationView(application) };
  },
};

export const applicationOperations: readonly Operation[] = [list, get];
