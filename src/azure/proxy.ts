import type { AgentOptions, Agent as HttpAgent } from "node:http";
import { Agent as PlainAgent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import { isLoopback } from "./loopback.js";

/**
 * The proxy that a request to a URL goes through, as a URL that may hold a user and a password; undefined for none. It is a
 * function so that nobody prints what it holds.
 */
export type ProxyChoice = (url: string) => string | undefined;

/** As HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say. No proxy can reach this computer's own services. */
export const environmentProxy: ProxyChoice = (url) =>
  isLoopback(url) ? undefined : getProxyForUrl(url) || undefined;

/** Pooled connections to whatever a request leads to, through the proxy that is chosen for it. */
export interface Agents {
  of(url: string): HttpAgent;
  close(): void;
}

/** `prepare` sees each agent before its first use. */
export function pooledAgents(
  proxyOf: ProxyChoice,
  options: AgentOptions,
  prepare: (agent: HttpAgent) => void = () => {},
): Agents {
  const agents = new Map<string, HttpAgent>();
  return {
    of(url) {
      const secure = url.startsWith("https:");
      const proxy = proxyOf(url);
      const key = `${secure} ${proxy}`;
      let agent = agents.get(key);
      if (agent === undefined) {
        agent = newAgent(secure, proxy, options);
        prepare(agent);
        agents.set(key, agent);
      }
      return agent;
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

function newAgent(secure: boolean, proxy: string | undefined, options: AgentOptions): HttpAgent {
  if (proxy === undefined) return secure ? new SecureAgent(options) : new PlainAgent(options);
  return secure ? new HttpsProxyAgent(proxy, options) : new HttpProxyAgent(proxy, options);
}
