// Times are shown as how long ago they were, and exactly in the title.

import { el, setText } from "./element.js";

// ahead is how far the API server's clock is ahead of this machine's, in milliseconds.
let ahead = 0;

export function setAhead(seconds) {
  ahead = (seconds || 0) * 1000;
}

// now is the API server's time: a wrong clock of this machine must not change ages.
export function serverNow() {
  return Date.now() + ahead;
}

export function ago(at, now = serverNow()) {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 5) return "now";
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}h`;
  return `${Math.floor(hours / 24)}d`;
}

export function clock(at) {
  return new Date(at).toLocaleTimeString("en-GB");
}

export function time(text) {
  if (!text) return el("span", {}, "–");
  const at = Date.parse(text);
  const node = el("time", { datetime: text, title: new Date(at).toLocaleString("en-GB"), "data-at": at });
  node.textContent = ago(at);
  return node;
}

// since is when something began: the time of today, or the day as well.
export function since(text) {
  const at = new Date(text);
  const today = at.toDateString() === new Date().toDateString();
  return el("time", { datetime: text }, `since ${today ? clock(at) : at.toLocaleString("en-GB")}`);
}

// The times age without a message of the server.
export function keepAging() {
  setInterval(() => {
    const now = serverNow();
    for (const node of document.querySelectorAll("time[data-at]")) setText(node, ago(Number(node.dataset.at), now));
  }, 5000);
}
