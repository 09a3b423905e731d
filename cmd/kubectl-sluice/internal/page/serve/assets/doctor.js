// The checks of "kubectl sluice doctor", when someone asks for them.

import { byId, el } from "./element.js";
import { ask } from "./session.js";

const signs = { ok: "✓", bad: "!", warn: "!", unknown: "?" };
const order = { bad: 0, unknown: 1, warn: 2, ok: 3 };

export function startDoctor() {
  byId("doctor-run").addEventListener("click", async (e) => {
    const list = byId("doctor-list");
    e.target.setAttribute("aria-disabled", "true");
    list.replaceChildren(el("p", { class: "empty" }, "Checking…"));
    try {
      const findings = await ask("/doctor");
      const sorted = [...findings].sort((a, b) => order[a.state] - order[b.state]);
      list.replaceChildren(el("p", { class: "summary" }, summary(findings)), el("ul", { class: "findings" }, ...sorted.map(finding)));
    } catch (error) {
      list.replaceChildren(el("p", { class: "empty" }, `The checks could not be run: ${error.message}`));
    }
    e.target.removeAttribute("aria-disabled");
  });
}

// summary counts findings, in the words of the command.
function summary(findings) {
  const count = (state) => findings.filter((f) => f.state === state).length;
  const more = [["bad", "failed"], ["warn", "warned"], ["unknown", "could not be run"]].filter(([state]) => count(state) > 0).map(([state, what]) => `${count(state)} ${what}`);
  return [`${count("ok")} checks passed`, ...more].join(", ");
}

function finding(f) {
  return el("li", { "data-state": f.state },
    el("span", { class: "sign", "aria-hidden": "true" }, signs[f.state] || "?"),
    el("div", {}, el("p", {}, el("strong", {}, f.state), ` ${f.what}`), f.why ? el("p", {}, f.why) : null, f.fix ? fix(f.fix) : null));
}

// fix shows each command in a line of its own, to copy.
function fix(text) {
  const parts = text.split("; ");
  if (!parts.every((p) => /^(kubectl|oc) /.test(p))) return el("p", {}, "Fix: ", text);
  return el("div", { class: "fix" }, el("p", {}, "Fix:"), ...parts.map((p) => el("p", {}, el("code", {}, p))));
}
