// The board: a line for each group of nodes in the same state, a column for each collector.

import { byId, el, keyed, plural, setText } from "./element.js";
import { cellTitles, cellWords, filtered, groupsOf, stateWords } from "./groups.js";
import { showNode } from "./node.js";
import { time } from "./time.js";

const step = 50; // nodes of an open group that are shown at first
const few = 20; // up to this many nodes, each has its own line
const open = new Map(); // key of a group: how many nodes are shown
const filter = { text: "", state: "", problem: "" };
let board;

export function startNodes(shared) {
  board = shared;
  byId("filter").addEventListener("submit", (e) => e.preventDefault());
  byId("filter-text").addEventListener("input", (e) => { filter.text = e.target.value; showNodes(board); });
  byId("filter-state").addEventListener("change", (e) => { filter.state = e.target.value; showNodes(board); });
  byId("filter-problem").addEventListener("change", (e) => { filter.problem = e.target.value; showNodes(board); });
  byId("filter-clear").addEventListener("click", () => { setFilter({ text: "", state: "", problem: "" }); byId("filter-text").focus(); });
  byId("map").addEventListener("click", (e) => { if (e.target.dataset.name) showNode(e.target.dataset.name); });
  options(byId("filter-state"), Object.entries(stateWords));
  options(byId("filter-problem"), []);
}

export function pickProblem(id) {
  setFilter({ text: "", state: "", problem: id });
  byId("nodes").scrollIntoView();
  byId("nodes").focus({ preventScroll: true });
}

function setFilter(next) {
  Object.assign(filter, next);
  byId("filter-text").value = filter.text;
  byId("filter-state").value = filter.state;
  byId("filter-problem").value = filter.problem;
  showNodes(board);
}

function options(select, list) {
  const signature = JSON.stringify(list);
  if (select.dataset.list === signature) return;
  select.dataset.list = signature;
  const value = select.value;
  select.replaceChildren(el("option", { value: "" }, "All"), ...list.map(([v, text]) => el("option", { value: v }, text)));
  select.value = value;
  if (select.selectedIndex < 0) select.value = "";
}

export function showNodes(shared) {
  board = shared;
  const { sections, rows } = board;
  const problems = sections.problems ? sections.problems.list : [];
  options(byId("filter-problem"), problems.filter((p) => !p.cluster).map((p) => [p.id, `${p.reason} (${p.count.toLocaleString("en")})`]));
  if (filter.problem && byId("filter-problem").value === "") filter.problem = "";
  const all = [...rows.values()];
  const list = filtered(all, filter);
  const groups = groupsOf(list);
  const columns = sections.columns || { list: [] };
  setText(byId("filter-count"), !reportsKnown() ? "" : list.length === all.length ? plural(all.length, "node") : `${list.length.toLocaleString("en")} of ${plural(all.length, "node")}`);
  showEmpty(all, list);
  showMap(groups, all.length);
  showTable(groups, columns, list.length <= few, new Map(problems.map((p) => [p.id, p])));
}

function reportsKnown() {
  const reports = (board.sections.sources || []).find((s) => s.name === "nodeflowexports");
  return reports !== undefined && (reports.state === "current" || reports.state === "old");
}

function showEmpty(all, list) {
  const node = byId("nodes-empty");
  const sources = board.sections.sources || [];
  const reports = sources.find((s) => s.name === "nodeflowexports");
  let text = "";
  if (!reports || reports.state === "loading") text = "Waiting for the cluster…";
  else if (!reportsKnown()) text = "The nodes are unknown: their reports can't be read; see above.";
  else if (all.length === 0) text = "No node has a report, and no node is to have an agent.";
  else if (list.length === 0) text = "No node matches the filter.";
  node.hidden = text === "";
  setText(node, text);
  byId("table").hidden = text !== "";
}

const mapSigns = { problem: "!", unknown: "?", silent: "?", off: "", ok: "" };

// The map has a small cell for each node. It is a picture for the eye: the table says the same.
function showMap(groups, total) {
  const map = byId("map");
  map.hidden = total <= few || groups.length === 0;
  byId("legend").hidden = map.hidden;
  if (map.hidden) return;
  const counts = {};
  const cells = [];
  for (const g of groups) {
    counts[g.row.s] = (counts[g.row.s] || 0) + g.rows.length;
    for (const r of g.rows) cells.push(r);
  }
  const text = Object.entries(counts).map(([s, n]) => `${stateWords[s]}: ${n.toLocaleString("en")}`).join(", ");
  map.setAttribute("aria-label", `Nodes by state. ${text}`);
  keyed(map, cells, (r) => r.n, (r) => r.s, (r) => el("i", { "data-s": r.s, "data-name": r.n, title: `${r.n}: ${stateWords[r.s]}` }, mapSigns[r.s]));
  byId("legend").replaceChildren(...Object.keys(stateWords).filter((s) => counts[s]).map((s) =>
    el("span", {}, el("i", { "data-s": s, "aria-hidden": "true" }, mapSigns[s]), `${stateWords[s]} ${counts[s].toLocaleString("en")}`)));
}

function showTable(groups, columns, single, problems) {
  const parent = byId("table");
  const signature = JSON.stringify(columns);
  if (parent.dataset.columns !== signature) {
    parent.dataset.columns = signature;
    parent.replaceChildren(el("table", { class: "board" }, head(columns), el("tbody", {})));
  }
  const lines = [];
  for (const g of groups) {
    if (single) {
      for (const row of g.rows) lines.push({ key: `n ${row.n}`, row });
      continue;
    }
    const shown = open.get(g.key) || 0;
    lines.push({ key: `g ${g.key}`, row: g.row, names: g.rows.slice(0, 3).map((r) => r.n), count: g.rows.length, open: shown > 0, group: g.key, latest: latest(g.rows) });
    for (const row of g.rows.slice(0, shown)) lines.push({ key: `n ${row.n}`, row, inner: true });
    if (shown && g.rows.length > shown) lines.push({ key: `m ${g.key}`, more: g.rows.length - shown, group: g.key });
  }
  const width = columns.list.length + 5;
  keyed(parent.querySelector("tbody"), lines, (l) => l.key, (l) => JSON.stringify([l, (l.row && l.row.p || []).map((id) => problems.get(id)?.reason)]),
    (l) => (l.more ? moreLine(l, width) : line(l, columns, problems)));
}

function latest(rows) {
  return rows.reduce((t, r) => (r.t && (!t || r.t > t) ? r.t : t), undefined);
}

function head(columns) {
  const formats = columns.list.map((c) => el("th", { scope: "col", class: "collector" },
    el("span", { class: "format" }, c.format === "SFlow" ? "sFlow" : c.format), el("span", { class: "target" }, c.target), c.extra ? el("span", { class: "extra" }, "not in the lists") : null));
  const omitted = columns.omitted ? ` (${columns.omitted} more collectors have no column)` : "";
  return el("thead", {}, el("tr", {}, el("th", { scope: "col" }, `Nodes${omitted}`), el("th", { scope: "col" }, "State"), el("th", { scope: "col" }, "Applied"),
    el("th", { scope: "col" }, "Exporting"), ...formats, el("th", { scope: "col" }, "Applied since")));
}

function line(l, columns, problems) {
  const r = l.row;
  const why = (r.p || []).map((id) => problems.get(id)?.reason || id);
  const state = el("td", { class: "state" }, el("span", { class: "tag", "data-s": r.s }, why.length ? why.join(", ") : stateWords[r.s]),
    r.o ? el("span", { class: "tag", "data-s": "unknown" }, "old report") : null, r.m && r.m !== "Enforce" ? el("span", { class: "tag", "data-s": "off" }, r.m) : null);
  const cells = columns.list.map((c, i) => el("td", { class: "cell", "data-c": r.c[i], title: cellTitles[r.c[i]] }, cellWords[r.c[i]] || ""));
  return el("tr", { class: l.inner ? "inner" : null, "data-old": r.o ? "true" : null },
    el("th", { scope: "row" }, l.count ? groupButton(l) : nodeButton(r.n)), state, condition(r.a), condition(r.e), ...cells,
    el("td", { class: "since" }, time(l.latest || r.t)));
}

function condition(value) {
  return el("td", { class: "condition", "data-value": value || "-" }, value === "True" ? "yes" : value === "False" ? "no" : value ? "unknown" : "–");
}

function nodeButton(name) {
  return el("button", { type: "button", class: "link", "data-focus": "open", on: { click: () => showNode(name) } }, name);
}

function groupButton(l) {
  if (l.count === 1) return nodeButton(l.row.n);
  const names = l.names.slice(0, 2).join(", ") + (l.count > 2 ? " …" : "");
  return el("button", {
    type: "button", class: "group", "data-focus": "toggle", "aria-expanded": String(l.open),
    on: { click: () => { if (open.has(l.group)) open.delete(l.group); else open.set(l.group, step); showNodes(board); } },
  }, el("span", { class: "twist", "aria-hidden": "true" }, l.open ? "▾" : "▸"), el("strong", {}, plural(l.count, "node")), el("span", { class: "some" }, names));
}

function moreLine(l, width) {
  const more = Math.min(step, l.more);
  return el("tr", { class: "inner" }, el("td", { colspan: String(width) }, el("button", {
    type: "button", "data-focus": "more", on: { click: () => { open.set(l.group, (open.get(l.group) || 0) + step); showNodes(board); } },
  }, `Show ${more} more of ${l.more.toLocaleString("en")}`)));
}
