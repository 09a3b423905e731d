// The editor sends what is typed to a dry run, after a pause, and shows the verdict.

import { byId, el, plural, setText } from "./element.js";
import { ask } from "./session.js";

const formats = [["NetFlow", "netFlow", "192.0.2.1:2055"], ["SFlow", "sFlow", "192.0.2.1:6343"], ["IPFIX", "ipfix", "192.0.2.1:4739"]];
const pause = 300;
const titles = {
  Accepted: "Accepted", Normalized: "Accepted after normalization", Rejected: "Rejected: malformed", Denied: "Denied by policy or permission", NoVerdict: "No verdict",
};
const outcomeSigns = { Accepted: "✓", Normalized: "✓", Rejected: "✗", Denied: "✗", NoVerdict: "?" };
let stored = null;
let edited = false;
let timer;
let abort;

const area = (field) => byId(`list-${field}`);
const name = (format) => (format === "SFlow" ? "sFlow" : format);

export function startEditor() {
  const form = byId("lists");
  form.addEventListener("submit", (e) => e.preventDefault());
  for (const [format, field, example] of formats) {
    form.append(el("label", { for: `list-${field}` }, `${name(format)}, one collector in a line`),
      el("textarea", { id: `list-${field}`, rows: "4", spellcheck: "false", autocomplete: "off", placeholder: `off; for example ${example}`, on: { input: typed } }));
  }
  form.append(el("div", { class: "actions" }, el("button", { type: "button", id: "editor-reset", on: { click: reset } }, "Start again from the stored lists")), el("p", { id: "editor-note", class: "note", role: "status" }));
}

export function showStored(sections) {
  const source = (sections.sources || []).find((s) => s.name === "networks");
  const known = source && (source.state === "current" || source.state === "old");
  for (const [, field] of formats) area(field).disabled = !known;
  if (!known || !sections.cluster) {
    setText(byId("answer-title"), "The stored lists are unknown");
    return;
  }
  const next = JSON.stringify(sections.cluster.lists);
  if (stored === next) return;
  const first = stored === null;
  stored = next;
  if (first || !edited) reset();
  else setText(byId("editor-note"), "The stored lists changed while you were editing. The verdict is about a change of what is stored now.");
  if (edited) evaluate();
}

function reset() {
  const lists = JSON.parse(stored || "{}");
  for (const [format, field] of formats) {
    area(field).value = (lists[format] || []).join("\n");
    area(field).removeAttribute("aria-invalid");
  }
  edited = false;
  clearTimeout(timer);
  abort?.abort();
  byId("answer").dataset.outcome = "none";
  setText(byId("answer-title"), "The stored lists");
  setText(byId("answer-by"), "Change a list to see the verdict.");
  setText(byId("editor-note"), "");
  byId("answer-findings").replaceChildren();
  byId("answer-command").replaceChildren();
}

function typed() {
  edited = true;
  clearTimeout(timer);
  timer = setTimeout(evaluate, pause);
  byId("answer").dataset.pending = "true";
}

function typedLists() {
  const lists = {};
  const lines = {};
  for (const [format, field] of formats) {
    const all = area(field).value.split("\n");
    lines[format] = [];
    lists[field] = all.filter((line, i) => line.trim() !== "" && lines[format].push(i));
  }
  return { lists, lines };
}

async function evaluate() {
  clearTimeout(timer);
  abort?.abort();
  const mine = new AbortController();
  abort = mine;
  const { lists, lines } = typedLists();
  let verdict;
  try {
    verdict = await ask("/check", { method: "POST", body: JSON.stringify(lists), signal: mine.signal });
  } catch (error) {
    if (mine.signal.aborted) return;
    verdict = { outcome: "NoVerdict", by: "", why: error.message, findings: [] };
  }
  if (mine.signal.aborted) return;
  byId("answer").dataset.pending = "false";
  showVerdict(verdict, lines);
}

function showVerdict(v, lines) {
  const local = v.by === "Local";
  byId("answer").dataset.outcome = v.outcome;
  setText(byId("answer-title"), `${outcomeSigns[v.outcome] || "?"} ${titles[v.outcome] || v.outcome}${local ? " (judged on this machine)" : ""}${v.outcome === "Accepted" && !v.changed ? ": no change" : ""}`);
  setText(byId("answer-by"), [v.by === "Server" ? "The API server's answer to a dry run as you." : "", v.why || "", v.message || ""].filter(Boolean).join(" "));
  const findings = v.findings.map((f) => finding(f, lines));
  byId("answer-findings").replaceChildren(...(findings.length ? [el("ul", { class: "findings" }, ...findings)] : []), ...(v.hint ? [el("p", { class: "hint" }, v.hint)] : []));
  for (const [format, field] of formats) {
    const wrong = v.findings.some((f) => f.format === format && f.severity !== "warning");
    if (wrong) area(field).setAttribute("aria-invalid", "true");
    else area(field).removeAttribute("aria-invalid");
    area(field).setAttribute("aria-describedby", "answer-findings");
  }
  showCommand(v);
}

const severities = { error: "Error", denial: "Denied", warning: "Warning" };

function finding(f, lines) {
  const at = f.line >= 0 && lines[f.format] ? lines[f.format][f.line] : undefined;
  const where = f.format ? `${name(f.format)}${at === undefined ? "" : `, line ${at + 1}`}` : "";
  const field = f.format && formats.find(([format]) => format === f.format)[1];
  return el("li", { "data-state": f.severity },
    el("span", { class: "sign", "aria-hidden": "true" }, f.severity === "warning" ? "!" : "✗"),
    el("div", {},
      el("p", {}, el("strong", {}, severities[f.severity]), " ", where && at !== undefined ? el("button", { type: "button", class: "link", on: { click: () => select(field, at) } }, where) : where),
      f.value ? el("p", {}, el("code", {}, f.value)) : null, el("p", {}, f.message),
      f.rule ? el("p", { class: "rule" }, f.rule) : null,
      f.suggestion && at !== undefined ? el("button", { type: "button", on: { click: () => replace(field, at, f.suggestion) } }, "Write ", el("code", {}, f.suggestion)) : null));
}

function select(field, line) {
  const node = area(field);
  const lines = node.value.split("\n");
  const start = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0);
  node.focus();
  node.setSelectionRange(start, start + (lines[line] || "").length);
}

function replace(field, line, text) {
  const node = area(field);
  const lines = node.value.split("\n");
  lines[line] = text;
  node.value = lines.join("\n");
  select(field, line);
  typed();
}

function showCommand(v) {
  const parent = byId("answer-command");
  const ready = (v.outcome === "Accepted" || v.outcome === "Normalized") && v.changed;
  if (!ready) return parent.replaceChildren();
  const code = el("code", {}, v.command);
  const said = el("span", { role: "status" });
  const copy = el("button", { type: "button", on: { click: async () => {
    try {
      await navigator.clipboard.writeText(v.command);
      said.textContent = "Copied.";
    } catch (error) {
      getSelection().selectAllChildren(code);
      said.textContent = "Selected; copy it with the keyboard.";
    }
  } } }, "Copy the command");
  const stored = v.outcome === "Normalized" && v.stored ? el("p", { class: "hint" }, `What is stored: ${storedText(v.stored)}`) : "";
  parent.replaceChildren(stored, el("pre", { tabindex: "0", "aria-label": "Command" }, code), el("div", { class: "actions" }, copy, said));
}

function storedText(lists) {
  const parts = formats.filter(([format]) => lists[format]).map(([format]) => `${name(format)} ${lists[format].join(", ")}`);
  return parts.length ? parts.join("; ") : plural(0, "collector");
}
