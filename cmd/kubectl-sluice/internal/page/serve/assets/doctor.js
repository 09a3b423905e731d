// The checks of "kubectl sluice doctor", when someone asks for them.

import { byId, el } from "./element.js";
import { ask } from "./session.js";

const signs = { ok: "✓", bad: "!", fail: "!", warn: "!", unknown: "?" };

export function startDoctor() {
  byId("doctor-run").addEventListener("click", async (e) => {
    const list = byId("doctor-list");
    e.target.setAttribute("aria-disabled", "true");
    list.replaceChildren(el("p", { class: "empty" }, "Checking…"));
    try {
      const findings = await ask("/doctor");
      list.replaceChildren(el("ul", { class: "findings" }, ...findings.map((f) => el("li", { "data-state": f.state },
        el("span", { class: "sign", "aria-hidden": "true" }, signs[f.state.toLowerCase()] || "?"),
        el("div", {}, el("p", {}, el("strong", {}, f.state), ` ${f.what}`), f.why ? el("p", {}, f.why) : null, f.fix ? el("p", {}, "Fix: ", f.fix) : null)))));
    } catch (error) {
      list.replaceChildren(el("p", { class: "empty" }, `The checks could not be run: ${error.message}`));
    }
    e.target.removeAttribute("aria-disabled");
  });
}
