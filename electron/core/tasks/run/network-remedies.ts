import type { NetworkFault } from "../../gateway/network-fault.ts";

/** What a person can do about a provider that gives no answer. */
export const networkRemedies: Readonly<Record<NetworkFault, string>> = {
  denied: "Look at the rule in Rules: change it if this provider is to be used, then start the task again.",
  forbidden:
    "Its name leads to an address inside a network, or of this computer. Where it is really your provider's, list the address with a rule; else look at the name servers.",
  dns: "Look at the connection and the name servers of this computer, and at whether a VPN or a proxy is needed to reach it.",
  refused: "Nothing listens there. Look at the address and the port of the provider, at the proxy in the settings, and at its status page.",
  timeout: "Look at the connection, at whether a firewall or a missing proxy stands between, and at the provider's status page.",
  unreachable: "This computer has no way there. Look at the connection, at a VPN that may be needed, and at the proxy in the settings.",
  proxy: "Look at the proxy in the settings: it is asked for every connection.",
  certificate: "Where a company's proxy opens connections, add its authority under Extra authorities in the settings.",
  "wrong-certificate":
    "Something between answers in its place: a sign-in page of the network, a proxy, or an attack. Sign in to the network in a browser, and look at the proxy in the settings.",
  tls: "Something between may end secure connections. Look at the proxy and the certificate authorities in the settings, and at the provider's status page.",
  cut: "Look at the connection, at the proxy in the settings, and at the provider's status page; agents wait and try again.",
  answer: "Its answer cannot be passed on. Look at the address of the provider: it may be no endpoint of a model.",
};
