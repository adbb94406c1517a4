import { isIP } from "node:net";
import type { InboundNATPool, NetworkSecurityGroupRule } from "../../azure/parameters/index.js";
import { checkEach, checkForm, checkKeys, checkOneOf, checkWhole } from "../checks.js";
import { type Problem, show } from "../problems.js";
import type { EndpointOptions } from "./network.js";

const KEYS = ["name", "protocol", "backendPort", "frontendPortRange", "networkSecurityGroupRules"];
const RULE_KEYS = ["priority", "access", "sourceAddressPrefix", "sourcePortRanges"];
const NAME = {
  pattern: /^[A-Za-z0-9](?:[\w.-]{0,75}\w)?$/,
  is:
    "1 to 77 letters, digits, underscores, periods and hyphens, the first a letter or digit, the last one of them or an " +
    "underscore",
};
const BATCH_PORTS = [22, 3389, 29876, 29877];
const BATCH_RANGE: readonly [number, number] = [50_000, 55_000];
const FEWEST_PORTS = 40;

type Range = readonly [number, number];

export const ranges = {
  overlap: ([a, b]: Range, [c, d]: Range): boolean => a <= d && c <= b,
};

export function inboundNatPool(endpoint: EndpointOptions, at: string, problems: Problem[]): InboundNATPool {
  checkKeys(endpoint, KEYS, at, problems);
  const { name, protocol, backendPort, frontendPortRange, networkSecurityGroupRules: rules } = endpoint ?? {};
  const [frontendPortRangeStart, frontendPortRangeEnd] = checkFrontendPorts(
    frontendPortRange,
    `${at}.frontendPortRange`,
    problems,
  );
  if (BATCH_PORTS.includes(backendPort)) {
    problems.push({ option: `${at}.backendPort`, says: `is ${backendPort}, which is Batch's own` });
  }
  return {
    name: checkForm(name, NAME, `${at}.name`, problems),
    protocol: checkOneOf(protocol, ["tcp", "udp"] as const, `${at}.protocol`, problems),
    backendPort: checkWhole(backendPort, [1, 65_535], `${at}.backendPort`, problems),
    frontendPortRangeStart,
    frontendPortRangeEnd,
    ...(rules !== undefined && {
      networkSecurityGroupRules: checkEach(
        rules,
        `${at}.networkSecurityGroupRules`,
        problems,
        (rule, option) => networkSecurityGroupRule(rule, option, problems),
      ),
    }),
  };
}

function checkFrontendPorts(range: Range, option: string, problems: Problem[]): Range {
  const isPort = (port: unknown) => Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_534;
  if (!Array.isArray(range) || range.length !== 2 || !range.every(isPort)) {
    problems.push({ option, says: "is no list of two ports from 1 to 65534: the first and the last" });
    return [Number.NaN, Number.NaN];
  }
  const [first, last] = range as unknown as Range;
  if (last - first + 1 < FEWEST_PORTS) {
    problems.push({ option, says: `is ${first}-${last}, and a range has at least ${FEWEST_PORTS} ports` });
  }
  if (ranges.overlap([first, last], BATCH_RANGE)) {
    problems.push({ option, says: `is ${first}-${last}, and 50000-55000 are Batch's own` });
  }
  return [first, last];
}

function networkSecurityGroupRule(
  rule: NetworkSecurityGroupRule,
  at: string,
  problems: Problem[],
): NetworkSecurityGroupRule {
  checkKeys(rule, RULE_KEYS, at, problems);
  const { priority, access, sourceAddressPrefix, sourcePortRanges } = rule ?? {};
  return {
    priority: checkWhole(priority, [150, 4096], `${at}.priority`, problems),
    access: checkOneOf(access, ["allow", "deny"] as const, `${at}.access`, problems),
    sourceAddressPrefix: checkAddresses(sourceAddressPrefix, `${at}.sourceAddressPrefix`, problems),
    ...(sourcePortRanges !== undefined && {
      sourcePortRanges: checkPortRanges(sourcePortRanges, `${at}.sourcePortRanges`, problems),
    }),
  };
}

function checkAddresses(prefix: string, option: string, problems: Problem[]): string {
  const [address = "", bits, ...more] = String(prefix).split("/");
  const mostBits = isIP(address) === 4 ? 32 : 128;
  const isSubnet = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= mostBits);
  const isAddress = isIP(address) !== 0 && more.length === 0 && isSubnet;
  const isTag = /^[A-Za-z][\w.]*$/.test(prefix);
  if (typeof prefix !== "string" || !(prefix === "*" || isAddress || isTag)) {
    problems.push({ option, says: `is ${show(prefix)}, and neither an IP address, a subnet, a tag nor "*"` });
  }
  return prefix;
}

function checkPortRanges(list: readonly string[], option: string, problems: Problem[]): string[] {
  const before: Range[] = [];
  return checkEach(list, option, problems, (text, at) => {
    const range = portRange(text);
    if (range === undefined) {
      problems.push({ option: at, says: `is ${show(text)}, and neither "*", a port nor two with a hyphen` });
      return text;
    }
    if (before.some((other) => ranges.overlap(other, range)))
      problems.push({ option: at, says: `is ${show(text)}, and overlaps one before it` });
    before.push(range);
    return text;
  });
}

function portRange(text: string): Range | undefined {
  if (text === "*") return [0, 65_535];
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (first === undefined || Number(first) > Number(last) || Number(last) > 65_535) return undefined;
  return [Number(first), Number(last)];
}
