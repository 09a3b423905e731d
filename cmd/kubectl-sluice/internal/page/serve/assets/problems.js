// The problems of "kubectl sluice status", each once, with what to do.

import { byId, el, keyed, plural } from "./element.js";
import { pickProblem } from "./board.js";
import { ask } from "./session.js";
import { since } from "./time.js";

export function showProblems(problems, verdict) {
  byId("nav-problems").textContent = problems.list.length ? String(problems.list.length + (problems.omitted || 0)) : "";
  const parent = byId("problem-list");
  const items = problems.list.map((p) => ({ key: p.id, ...p }));
  if (items.length === 0) {
    const known = verdict && verdict.level !== "unknown";
    items.push({ key: "", empty: known ? "No problems." : "The problems are unknown; see above." });
  }
  if (problems.omitted) items.push({ key: "more", empty: `${plural(problems.omitted, "more problem")}; kubectl sluice status lists all.` });
  keyed(parent, items, (p) => p.key, JSON.stringify, (p) => (p.empty ? el("p", { class: "empty" }, p.empty) : problem(p)));
}

function problem(p) {
  const names = p.nodes.slice(0, 5).join(", ") + (p.count > 5 ? ` and ${(p.count - 5).toLocaleString("en")} more` : "");
  return el("article", { class: "problem", "aria-label": p.reason },
    el("h3", {}, p.reason, el("span", { class: "badge" }, p.cluster ? "cluster" : plural(p.count, "node"))),
    el("p", { class: "message" }, p.message),
    el("p", { class: "names" }, p.cluster ? null : names, p.since && !p.cluster ? " · " : null, p.since ? since(p.since) : null),
    el("div", { class: "actions" },
      p.cluster ? null : el("button", { type: "button", "data-focus": "nodes", on: { click: () => pickProblem(p.id) } }, "Show these nodes"),
      p.runbook ? runbook(p.runbook) : null));
}

// runbook shows the page of an alert. It is part of the plugin; no network is needed.
function runbook(alert) {
  const text = el("pre", { tabindex: "0" }, "Loading…");
  const details = el("details", {}, el("summary", { "data-focus": "runbook" }, "What to do: ", el("code", {}, `kubectl sluice runbook ${alert}`)), text);
  let loaded = false;
  details.addEventListener("toggle", async () => {
    if (loaded || !details.open) return;
    loaded = true;
    try {
      text.textContent = (await ask(`/runbook?alert=${encodeURIComponent(alert)}`)).text;
    } catch (error) {
      loaded = false;
      text.textContent = `The runbook can't be shown: ${error.message}`;
    }
  });
  return details;
}
