// The link has a secret after "#", which browsers do not send. It works once: it is exchanged for a key,
// which only this tab has. There is no cookie, because cookies of 127.0.0.1 are sent to all ports.

const place = "sluice-key";
const patience = 10000;
const tries = 3;

export async function openSession() {
  const link = new URLSearchParams(location.hash.slice(1)).get("k");
  if (link) {
    history.replaceState(null, "", "/");
    const answer = await exchange(link);
    if (!answer) {
      history.replaceState(null, "", `/#k=${link}`); // for when the page is loaded again
      return "silent";
    }
    if (answer.ok) sessionStorage.setItem(place, (await answer.json()).key);
    else if (!sessionStorage.getItem(place)) return "used";
  }
  return sessionStorage.getItem(place) ? "open" : "none";
}

// exchange asks again if nothing answers: a connection can be lost.
async function exchange(link) {
  for (let i = 0; i < tries; i++) {
    try {
      return await fetch("/session", { method: "POST", headers: { Authorization: `Bearer ${link}` }, signal: AbortSignal.timeout(patience) });
    } catch {
      await new Promise((resume) => setTimeout(resume, 500));
    }
  }
  return null;
}

export function endSession() {
  sessionStorage.removeItem(place);
}

export function call(path, options = {}) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem(place)}` };
  if (options.body) headers["Content-Type"] = "application/json";
  return fetch(path, { cache: "no-store", ...options, headers });
}

// ask returns the JSON of an answer, or throws its text.
export async function ask(path, options) {
  const answer = await call(path, options);
  if (!answer.ok) throw new Error((await answer.text()).trim() || `status ${answer.status}`);
  return answer.json();
}
