// The key that the aggregator asks for. It lives in this tab's sessionStorage and nowhere else, and travels in
// headers only: no URL, no log.

const storageName = "obs.key";

export function storedKey(): string {
  try {
    return sessionStorage.getItem(storageName) ?? "";
  } catch {
    return ""; // storage may be forbidden
  }
}

export function storeKey(key: string): void {
  try {
    if (key === "") sessionStorage.removeItem(storageName);
    else sessionStorage.setItem(storageName, key);
  } catch {
    // then it lasts as long as the page
  }
}

/** What a WebSocket offers: a browser cannot set its headers, but for this one. */
export function subprotocols(key: string): string[] {
  return key === "" ? ["obs"] : ["obs", `obs.key.${base64Url(key)}`];
}

export function authorization(key: string): Record<string, string> {
  return key === "" ? {} : { Authorization: `Bearer ${key}` };
}

function base64Url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
