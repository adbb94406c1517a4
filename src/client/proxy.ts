import type { ProxyChoice } from "../azure/proxy.js";
import { invalid, type Setting } from "./setting.js";

/** The one proxy for every request; its user and password come from the URL or beside it. */
export function readProxy(url: Setting, username?: Setting, password?: Setting): ProxyChoice {
  if (!URL.canParse(url.value) || !/^https?:\/\//i.test(url.value)) {
    throw invalid(url, "is not a URL such as http://proxy.example:8080.");
  }
  const proxy = new URL(url.value);
  if (proxy.pathname !== "/" || proxy.search !== "" || proxy.hash !== "") {
    throw invalid(url, "must be a scheme, a host and a port alone, such as http://proxy.example:8080.");
  }
  if (password !== undefined && username === undefined) {
    throw invalid(password, "needs a user: give proxy.username as well.");
  }
  if (username !== undefined) proxy.username = username.value;
  if (password !== undefined) proxy.password = password.value;
  return () => proxy.href;
}
