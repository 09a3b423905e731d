// What changed when: conditions of the nodes, and Events.

import { byId, el, keyed, plural } from "./element.js";
import { showNode } from "./node.js";
import { time } from "./time.js";

const some = 15;
let all = false;
let last;

export function showChanges(changes) {
  last = changes;
  const items = changes.list.slice(0, all ? changes.list.length : some).map((c) => ({ key: [c.kind, c.what, c.reason, c.time, c.names[0]].join("|"), ...c }));
  if (!changes.conditions) items.unshift({ key: "conditions", note: "The conditions of the nodes are unknown: their reports can't be read." });
  if (!changes.events) items.unshift({ key: "events", note: changes.conditions ? "Events are unknown: they can't be read. Conditions are shown." : "Events are unknown: they can't be read." });
  if (items.length === 0) items.push({ key: "none", note: "Nothing is known to have changed." });
  const parent = byId("change-list");
  if (!parent.querySelector("ol")) parent.replaceChildren(el("ol", { class: "changes" }), el("div", {}));
  keyed(parent.querySelector("ol"), items, (c) => c.key, JSON.stringify, (c) => (c.note ? el("li", { class: "empty" }, c.note) : change(c)));
  const rest = changes.list.length - some;
  const button = el("button", { type: "button", on: { click: () => { all = !all; showChanges(last); } } }, all ? "Show fewer" : `Show ${rest} more`);
  const omitted = changes.omitted ? el("p", { class: "hint" }, `${changes.omitted} older changes are left out.`) : "";
  parent.lastChild.replaceChildren(...(rest > 0 ? [button] : []), omitted);
}

function change(c) {
  const names = c.kind === "Event" ? el("span", {}, c.names[0], c.count > 1 ? ` (${c.count} times)` : "")
    : c.count === 1 ? el("button", { type: "button", class: "link", "data-focus": "node", on: { click: () => showNode(c.names[0]) } }, c.names[0])
      : el("span", { title: c.names.slice(0, 20).join(", ") }, plural(c.count, "node"));
  return el("li", { "data-good": String(c.good) },
    time(c.time), el("span", { class: "sign", "aria-hidden": "true" }, c.good ? "✓" : "!"),
    el("div", {}, el("p", {}, el("strong", {}, c.what), " ", el("span", { class: "badge" }, c.reason), " ", names), el("p", { class: "message" }, c.message)));
}
