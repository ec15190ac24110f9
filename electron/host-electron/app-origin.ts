/** The renderer is served under one origin of our own; nothing else is ever loaded. */
export const appScheme = "gatehouse";
export const appOrigin = `${appScheme}://app`;
export const appAddress = `${appOrigin}/`;

/** Whether an address is a page of ours. */
export function isOwnAddress(address: string): boolean {
  try {
    const { protocol, host } = new URL(address);
    return protocol === `${appScheme}:` && host === "app";
  } catch {
    return false;
  }
}
