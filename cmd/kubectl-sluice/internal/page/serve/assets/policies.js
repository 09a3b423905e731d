// Policies, and who may do what.

import { byId, el, keyed } from "./element.js";
import { ask } from "./session.js";

export function showPolicies(policies, me, sources) {
  const parent = byId("policy-list");
  if (!policies) return;
  const source = (sources || []).find((s) => s.name === "flowexportpolicies");
  let items = policies.list;
  if (!policies.known) {
    const text = source && source.state === "loading" ? "Waiting for the cluster…" : "The policies are unknown: they can't be read; see above.";
    items = [{ name: "", note: text }];
  } else if (items.length === 0) {
    items = [{ name: "", note: "There are no policies: none restricts which collectors those who may patch Network.operator add or remove." }];
  }
  keyed(parent, items, (p) => p.name, JSON.stringify, (p) => (p.note ? el("p", { class: "empty" }, p.note) : policy(p)));
  const user = byId("explain-user");
  if (me && me.name && !user.value) {
    user.value = me.name;
    byId("explain-groups").value = (me.groups || []).join(", ");
  }
}

function policy(p) {
  return el("article", { class: "policy", "aria-label": p.name },
    el("h3", {}, p.name, el("span", { class: "badge" }, p.enforcement)),
    el("p", {}, "Applies to ", el("strong", {}, p.appliesTo.join(", ")), p.exempt ? `, except ${p.exempt.join(", ")}` : "", "."),
    p.rules.length ? el("ul", { class: "rules" }, ...p.rules.map((r) => el("li", {}, el("span", { class: "kind", "data-kind": r.kind }, r.kind), " ", r.text))) : el("p", { class: "empty" }, "It has no rules."),
    p.conditions ? el("ul", { class: "conditions" }, ...p.conditions.map((c) => el("li", { "data-good": String(c.status === "True") },
      el("span", { class: "sign", "aria-hidden": "true" }, c.status === "True" ? "✓" : c.status === "False" ? "!" : "?"),
      el("span", {}, el("strong", {}, `${c.type} is ${c.status}`), ` (${c.reason}): ${c.message}`))))
      : el("p", { class: "empty" }, "It has no status: is the controller running?"));
}

export function startPolicies() {
  byId("explain").addEventListener("submit", async (e) => {
    e.preventDefault();
    const text = byId("explain-text");
    text.hidden = false;
    text.textContent = "Evaluating…";
    const groups = byId("explain-groups").value.split(",").map((g) => g.trim()).filter(Boolean);
    try {
      text.textContent = (await ask("/explain", { method: "POST", body: JSON.stringify({ user: byId("explain-user").value.trim(), groups }) })).text;
    } catch (error) {
      text.textContent = `Not known: ${error.message}`;
    }
  });
}
