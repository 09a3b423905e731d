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
import { clock, keepAging, serverNow, setAhead } from "./time.js";

const board = { sections: {}, rows: new Map() };
let state = "connecting";
let lostAt = 0;

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
  if (sections.verdict || sections.sources) showVerdict(s.verdict);
  if (sections.problems) showProblems(s.problems, s.verdict);
  if (message.full || message.rows || message.gone || sections.columns || sections.problems || sections.sources) showNodes(board);
  if (sections.changes) showChanges(s.changes);
  if (sections.policies || sections.me) showPolicies(s.policies, s.me, s.sources);
  if (sections.cluster || sections.me || sections.sources) showStored(s);
  document.documentElement.dataset.messages = Number(document.documentElement.dataset.messages || 0) + 1;
}

function showCluster(s) {
  setAhead(s.cluster.ahead);
  const user = s.me && s.me.name ? ` as ${s.me.name}` : "";
  setText(byId("where"), `${s.cluster.context} (${s.cluster.server})${user}`);
}

const signs = { ok: "✓", off: "–", problem: "!", unknown: "?" };
let announced = "";

// A verdict that is old is none: it is told as the last one that was known.
function showVerdict(v) {
  const old = oldSince();
  const level = old ? "unknown" : v.level;
  const title = old ? `Unknown since ${clock(old)}` : v.title;
  const text = old ? `Last known: ${v.title}. ${v.text}` : v.text;
  byId("verdict").dataset.level = level;
  setText(byId("verdict-sign"), signs[level] || "?");
  setText(byId("verdict-title"), title);
  setText(byId("verdict-text"), text);
  document.title = `${title} · Sluice`;
  const counts = v.nodes ? [
    ["Up to date", share(v.applied, v.nodes)], ["Exporting", share(v.exporting, v.nodes)],
    ["Agents alive", v.livenessUnknown ? "unknown" : share(v.alive, v.nodes)],
  ] : [];
  if (v.outOfScope) counts.push(["No agent by intention", String(v.outOfScope)]);
  if (v.omitted) counts.push(["Not shown", String(v.omitted)]);
  byId("counts").replaceChildren(...counts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  if (announced !== title) setText(byId("announce"), `${title}. ${text}`);
  announced = title;
}

// oldSince is since when what is shown may be old; 0 if it is current.
function oldSince() {
  const times = (board.sections.sources || []).filter((s) => s.state === "old").map((s) => Date.parse(s.since));
  if (lostAt) times.push(lostAt);
  return times.length ? Math.min(...times) : 0;
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
  if (state === "live") showLive();
}

function showLive() {
  const cut = oldSince();
  if (!cut) return setLive("live", "Live", "");
  setLive("lost", `Old since ${clock(cut)}`, `The API server does not answer since ${clock(cut)}. The page shows the last known state and is updated when it answers.`);
}

function setLive(kind, text, banner) {
  byId("live").dataset.state = kind;
  setText(byId("live-text"), text);
  const node = byId("banner");
  node.hidden = banner === "";
  setText(node, banner);
  document.body.dataset.old = String(kind !== "live");
  document.body.dataset.empty = String(!board.sections.verdict);
  if (board.sections.verdict) showVerdict(board.sections.verdict);
  else setText(byId("verdict-title"), text);
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
  const opened = await openSession().catch(() => "unstored");
  const links = "Use the link that kubectl sluice ui prints in its terminal. Each link works once; the terminal shows another one each time.";
  if (opened === "silent") return setLive("ended", "Not open", "kubectl sluice ui is not responding. Check that it is still running, and reload this page. If it was started again, open its new link.");
  if (opened === "unstored") return setLive("ended", "Not open", "This browser does not let the page store its key. Allow it to store data for this address, and reload this page. The link still works.");
  if (opened === "used") return setLive("ended", "Not open", `This link was used already, or is of another run. ${links} If you did not use it, someone else on this machine did: end the command and start it again.`);
  if (opened === "none") return setLive("ended", "Not open", `This tab has no key. ${links}`);
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
      lostAt ||= serverNow();
      setLive("lost", `Old since ${clock(lostAt)}`, `kubectl sluice ui does not answer since ${clock(lostAt)}. The page shows the last known state and tries again.`);
    },
    ended() {
      endSession();
      state = "ended";
      lostAt ||= serverNow();
      setLive("ended", "Ended", `kubectl sluice ui was started again. The page shows the last known state. ${links}`);
    },
  });
}

start();

// share is a part of all nodes.
function share(part, all) {
  return `${part.toLocaleString("en")} / ${all.toLocaleString("en")}`;
}
