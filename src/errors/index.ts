export { ConfigurationError, type ConfigurationErrorCode } from "./configuration-error.js";
export { type FunctionNotPortableCode, FunctionNotPortableError } from "./function-not-portable-error.js";
export { type InvalidArgumentDetails, InvalidArgumentError } from "./invalid-argument-error.js";
export { ItemError, type ItemErrorCode, type ItemErrorDetails } from "./item-error.js";
export { LocalEngineError } from "./local-engine-error.js";
export { NotSerializableError } from "./not-serializable-error.js";
export { PoolError, type PoolErrorCode } from "./pool-error.js";
export { RunFailedError, StorageGoneError } from "./run-errors.js";
export { ServiceError, type ServiceErrorDetails } from "./service-error.js";
