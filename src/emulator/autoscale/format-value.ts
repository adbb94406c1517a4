import { formatDouble, type Value } from "../../autoscale/values.js";
import { formatDuration } from "../schema/duration.js";

/** A value as `results` shows it. How it shows intervals is not documented: here as everywhere else, ISO 8601. */
export function formatValue(value: Value): string {
  switch (value.type) {
    case "double":
      return formatDouble(value.value);
    case "doubleVec":
      return `[${value.values.map(formatDouble).join(",")}]`;
    case "string":
      return value.value;
    case "timestamp":
      return new Date(value.time).toISOString();
    case "timeinterval":
      return formatDuration(value.span);
  }
}
