// The details of one node.

import { byId, el } from "./element.js";
import { ask } from "./session.js";
import { time } from "./time.js";

export async function showNode(name) {
  const dialog = byId("details");
  const body = el("div", {}, el("p", { class: "empty" }, "Loading…"));
  dialog.replaceChildren(el("form", { method: "dialog", class: "title", "aria-label": name }, el("h2", { id: "details-title" }, name), el("button", {}, "Close")), body);
  if (!dialog.open) dialog.showModal();
  try {
    body.replaceChildren(...content(await ask(`/node?name=${encodeURIComponent(name)}`)));
  } catch (error) {
    body.replaceChildren(el("p", { class: "empty" }, `The node can't be shown: ${error.message}`));
  }
}

function content(n) {
  const facts = [
    ["Report", n.report ? (n.old ? "old: the agent is not known to be alive" : "current") : "none: is the agent running there?"],
    ["Agent's last sign of life", n.renewed ? time(n.renewed) : "–"], ["Mode", n.mode || "–"], ["Profile", n.profile || "–"],
    ["Bridge", n.bridge || "–"], ["Open vSwitch", n.ovs || "–"], ["Generation of the lists", String(n.generation || "–")],
  ];
  return [
    el("dl", { class: "facts" }, ...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    el("h3", {}, "Conditions"), table(["Condition", "Status", "Reason", "Since", "Message"], n.conditions.map((c) => [c.type, c.status, c.reason, time(c.since), c.message])),
    el("h3", {}, "Collectors"), table(["Format", "Collector", "State", "Since", "Reason"], n.collectors.map((c) => [c.format, c.target, c.state, time(c.since), c.reason || ""])),
    el("p", { class: "hint" }, "All of it: ", el("code", {}, `kubectl describe nodeflowexport ${n.name}`)),
  ];
}

function table(names, rows) {
  if (rows.length === 0) return el("p", { class: "empty" }, "None.");
  return el("div", { class: "scroll", tabindex: "0" }, el("table", {}, el("thead", {}, el("tr", {}, ...names.map((n) => el("th", { scope: "col" }, n)))),
    el("tbody", {}, ...rows.map((cells) => el("tr", {}, ...cells.map((c, i) => (i === 0 ? el("th", { scope: "row" }, c) : el("td", {}, c))))))));
}
