import { createORPCClient } from "@orpc/client";
import type { ContractRouterClient } from "@orpc/contract";
import { createContext, useContext } from "react";
import type { Contract } from "#shared/contract/contract.ts";
import { ReconnectingLink } from "./connection.ts";
import { dialMessagePort } from "./dial-message-port.ts";
import { dialWebSocket } from "./dial-web-socket.ts";

/** Every call of the contract, typed; a screen gets it with `useClient()`. */
export type Client = ContractRouterClient<Contract>;

/** Over a MessagePort in the desktop host, over a WebSocket in a browser. */
export function connect(): Client {
  const link = new ReconnectingLink(window.gatehouse === undefined ? dialWebSocket : dialMessagePort);
  return createORPCClient<Client>(link);
}

const ClientContext = createContext<Client | null>(null);
export const ClientProvider = ClientContext.Provider;

export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === null) throw new Error("useClient needs a ClientProvider above it");
  return client;
}
