// The link has a secret after "#", which browsers do not send. It works once, for the key that this tab makes. Only
// this tab has the key. There is no cookie, because cookies of 127.0.0.1 are sent to all ports.

const place = "sluice-key";
const offered = "sluice-offered-key"; // until the server has answered
const patience = 5000;
const tries = 3;
const pause = 500;

export async function openSession() {
  const link = new URLSearchParams(location.hash.slice(1)).get("k");
  if (link && /^[\w-]+$/.test(link)) {
    const key = sessionStorage.getItem(offered) || newKey();
    sessionStorage.setItem(offered, key);
    const status = await exchange(link, key);
    if (!status) return "silent"; // the link stays in the address, for when the page is loaded again
    sessionStorage.removeItem(offered);
    if (status === 204) sessionStorage.setItem(place, key);
    else if (!sessionStorage.getItem(place)) {
      history.replaceState(null, "", "/");
      return "used";
    }
  }
  if (location.hash) history.replaceState(null, "", "/");
  return sessionStorage.getItem(place) ? "open" : "none";
}

function newKey() {
  const raw = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// exchange returns the status of the answer. It asks again if there is none: the server accepts the same link again for
// the same key.
async function exchange(link, key) {
  for (let i = 0; i < tries; i++) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), patience);
    try {
      const headers = { Authorization: `Bearer ${link}`, "Sluice-Key": key };
      return (await fetch("/session", { method: "POST", headers, signal: abort.signal })).status;
    } catch {
      await new Promise((resume) => setTimeout(resume, pause));
    } finally {
      clearTimeout(timer);
    }
  }
  return 0;
}

export function endSession() {
  sessionStorage.removeItem(place);
}

export function call(path, options = {}) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem(place)}` };
  if (options.body) headers["Content-Type"] = "application/json";
  return fetch(path, { cache: "no-store", ...options, headers });
}

// ask returns the JSON of an answer, or throws its text. It asks again if there was no complete answer: no question changes
// anything, and browsers cancel requests when the network of the machine changes.
export async function ask(path, options) {
  for (let i = 1; ; i++) {
    let answer, text;
    try {
      answer = await call(path, options);
      text = await answer.text();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch throws a TypeError for each error of the network
      if (i === tries) throw new Error("kubectl sluice ui is not responding. Check that it is still running.");
      await new Promise((resume) => setTimeout(resume, pause));
      options?.signal?.throwIfAborted();
      continue;
    }
    if (!answer.ok) throw new Error(text.trim() || `status ${answer.status}`);
    return JSON.parse(text);
  }
}
