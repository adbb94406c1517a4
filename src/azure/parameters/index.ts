/*
 * The parameters of the Batch service as plain data, property by property as the REST reference names them
 * (https://learn.microsoft.com/rest/api/batchservice/). They are ours, so that no type of a client library is public.
 */

export type * from "./common.js";
export type * from "./job.js";
export type * from "./job-schedule.js";
export type * from "./pool.js";
export type * from "./task.js";
