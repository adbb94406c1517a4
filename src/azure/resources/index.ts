/*
 * What the Batch service shows of what an account holds, as plain data, property by property as the REST reference names them
 * (https://learn.microsoft.com/rest/api/batchservice/). Times are text in ISO 8601, in UTC, with all the digits the service
 * gives: they order, they go back into filters, and `new Date(time)` reads them.
 */

export type * from "./application.js";
export type * from "./common.js";
export type * from "./file.js";
export type * from "./image.js";
export type * from "./job.js";
export type * from "./job-schedule.js";
export type * from "./node.js";
export type * from "./pool.js";
export type * from "./task.js";
