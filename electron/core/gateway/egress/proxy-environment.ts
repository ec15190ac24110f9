import { timingSafeEqual } from "node:crypto";

/** What tells programs in a sandbox of its one way out. `token` is part of the address where it is shared with others. */
export function proxyEnvironment(port: number, token: string | null): Readonly<Record<string, string>> {
  const proxy = `http://${token === null ? "" : `run:${token}@`}127.0.0.1:${port}`;
  const javaHost = ["http", "https"].flatMap((scheme) => [`-D${scheme}.proxyHost=127.0.0.1`, `-D${scheme}.proxyPort=${port}`]);
  const direct = "localhost,127.0.0.1,::1";
  return {
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    ALL_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    all_proxy: proxy,
    NO_PROXY: direct,
    no_proxy: direct,
    // Node 24 and later: fetch and http.request heed the variables above only with this.
    NODE_USE_ENV_PROXY: "1",
    // Yarn 2 and later heeds only its own.
    YARN_HTTP_PROXY: proxy,
    YARN_HTTPS_PROXY: proxy,
    JAVA_TOOL_OPTIONS: [...javaHost, "-Dhttp.nonProxyHosts=localhost|127.*|[::1]"].join(" "),
  };
}

/** Variables of several makers; options for Java stand side by side in their one variable. */
export function joinEnvironments(
  first: Readonly<Record<string, string>>,
  second: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const name = "JAVA_TOOL_OPTIONS";
  const java = [first[name], second[name]].filter((options) => options !== undefined);
  return { ...first, ...second, ...(java.length === 0 ? {} : { [name]: java.join(" ") }) };
}

/**
 * Why a client may not use the proxy of this run; null where it may. One that presents the token of another
 * run is refused everywhere; one without any, where others could reach the proxy.
 */
export function credentialProblem(
  headers: readonly (readonly [name: string, value: string])[],
  token: string,
  isLoopbackShared: boolean,
): string | null {
  const presented = headers.filter(([name]) => name === "proxy-authorization");
  if (presented.length === 0) return isLoopbackShared ? "The proxy of a run is for its own processes only." : null;
  const expected = Buffer.from(`Basic ${Buffer.from(`run:${token}`).toString("base64")}`);
  const isOwn = presented.every(([, value]) => {
    const given = Buffer.from(value);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return isOwn && presented.length === 1 ? null : "It presents the token of another run.";
}
