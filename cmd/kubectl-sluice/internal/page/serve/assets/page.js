// The page keeps the board of the server and shows each part when it changes.

import { showNodes, startNodes } from "./board.js";
import { showChanges } from "./changes.js";
import { startDoctor } from "./doctor.js";
import { showStored, startEditor } from "./editor.js";
import { byId, el, keyed, setText } from "./element.js";
import { showPolicies, startPolicies } from "./policies.js";
import { showProblems } from "./problems.js";
import { endSession, openSession } from "./session.js";
import { follow } from "./stream.js";
import { clock, keepAging } from "./time.js";

const board = { sections: {}, rows: new Map() };
let state = "connecting";

function take(message) {
  if (message.full) {
    board.sections = {};
    board.rows = new Map();
  }
  const sections = message.sections || {};
  Object.assign(board.sections, sections);
  for (const [name, row] of Object.entries(message.rows || {})) board.rows.set(name, row);
  for (const name of message.gone || []) board.rows.delete(name);
  const s = board.sections;
  if (sections.cluster || sections.me) showCluster(s);
  if (sections.sources) showSources(s.sources);
  if (sections.verdict) showVerdict(s.verdict);
  if (sections.problems) showProblems(s.problems, s.verdict);
  if (message.full || message.rows || message.gone || sections.columns || sections.problems || sections.sources) showNodes(board);
  if (sections.changes) showChanges(s.changes);
  if (sections.policies || sections.me) showPolicies(s.policies, s.me, s.sources);
  if (sections.cluster || sections.me || sections.sources) showStored(s);
  document.documentElement.dataset.messages = Number(document.documentElement.dataset.messages || 0) + 1;
}

function showCluster(s) {
  const user = s.me && s.me.name ? ` as ${s.me.name}` : "";
  setText(byId("where"), `${s.cluster.context} (${s.cluster.server})${user}`);
}

const signs = { ok: "✓", off: "–", problem: "!", unknown: "?" };
let announced = "";

function showVerdict(v) {
  byId("verdict").dataset.level = v.level;
  setText(byId("verdict-sign"), signs[v.level] || "?");
  setText(byId("verdict-title"), v.title);
  setText(byId("verdict-text"), v.text);
  document.title = `${v.title} · Sluice`;
  const counts = v.nodes ? [
    ["Up to date", `${v.applied} / ${v.nodes}`], ["Exporting", `${v.exporting} / ${v.nodes}`],
    ["Agents alive", v.livenessUnknown ? "unknown" : `${v.alive} / ${v.nodes}`],
  ] : [];
  if (v.outOfScope) counts.push(["No agent by intention", String(v.outOfScope)]);
  if (v.omitted) counts.push(["Not shown", String(v.omitted)]);
  byId("counts").replaceChildren(...counts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  if (announced !== v.title) setText(byId("announce"), `${v.title}. ${v.text}`);
  announced = v.title;
}

const words = {
  loading: "Not read yet", old: "Old, because the watch is cut", forbidden: "Unknown, because you may not read it", missing: "Unknown, because the cluster does not serve it", failed: "Unknown",
};

// Sources in the same state are told once. The errors are there for those who want them.
function showSources(list) {
  const states = new Map();
  for (const s of list) if (s.state !== "current") states.set(s.state, [...(states.get(s.state) || []), s]);
  keyed(byId("sources"), [...states], ([state]) => state, JSON.stringify, ([state, sources]) => {
    const errors = sources.filter((s) => s.why).map((s) => el("p", { class: "why" }, s.why));
    return el("li", { "data-state": state },
      `${words[state] || state}: `, sources.map((s, i) => [i ? ", " : "", el("strong", { "data-source": s.name }, s.name), ` (${s.what})`]), ".",
      state === "forbidden" ? " Ask a cluster administrator for the ClusterRole sluice-view." : "",
      errors.length ? el("details", {}, el("summary", { "data-focus": "errors" }, "Errors"), ...errors) : null);
  });
  const cut = list.filter((s) => s.state === "old");
  document.body.dataset.old = String(cut.length > 0 || state === "lost");
  if (state === "live") showLive();
}

function showLive() {
  const cut = (board.sections.sources || []).filter((s) => s.state === "old");
  if (cut.length === 0) return setLive("live", "Live", "");
  const since = cut.map((s) => Date.parse(s.since)).reduce((a, b) => Math.min(a, b));
  setLive("lost", `Old since ${clock(since)}`, `The API server does not answer since ${clock(since)}. The page shows the last known state and is updated when it answers.`);
}

function setLive(kind, text, banner) {
  byId("live").dataset.state = kind;
  setText(byId("live-text"), text);
  const node = byId("banner");
  node.hidden = banner === "";
  setText(node, banner);
  document.body.dataset.old = String(kind !== "live");
}

function show() {
  startNodes(board);
  startPolicies();
  startEditor();
  startDoctor();
  keepAging();
}

async function start() {
  show();
  const opened = await openSession().catch(() => "none");
  const links = "Use the link that kubectl sluice ui prints in its terminal. Each link works once; the terminal shows another one each time.";
  if (opened === "used") return setLive("ended", "Not open", `This link was used already, or is of another run. ${links} If you did not use it, someone else on this machine did: end the command and start it again.`);
  if (opened === "none") return setLive("ended", "Not open", `This tab has no key. ${links}`);
  let lostAt = 0;
  await follow({
    message: take,
    live() {
      if (state !== "live") {
        state = "live";
        lostAt = 0;
        showLive();
      }
    },
    lost() {
      state = "lost";
      lostAt ||= Date.now();
      setLive("lost", `Old since ${clock(lostAt)}`, `kubectl sluice ui does not answer since ${clock(lostAt)}. The page shows the last known state and tries again.`);
    },
    ended() {
      endSession();
      state = "ended";
      setLive("ended", "Ended", `kubectl sluice ui was started again. The page shows the last known state. ${links}`);
    },
  });
}

start();
