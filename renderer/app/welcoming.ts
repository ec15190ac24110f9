const key = "gatehouse.welcoming";

/** The vault was made in this window and the steps after it are not done yet. Survives a reload and a lock. */
export function isWelcoming(): boolean {
  return localStorage.getItem(key) !== null;
}

export function beginWelcome(): void {
  localStorage.setItem(key, "yes");
}

export function endWelcome(): void {
  localStorage.removeItem(key);
}
