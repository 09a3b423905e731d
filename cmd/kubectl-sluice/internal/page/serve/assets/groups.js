// Nodes in the same state are one group: 1,000 nodes are a few lines.

const order = { problem: 0, unknown: 1, silent: 2, off: 3, ok: 4 };

export const stateWords = { problem: "Problem", unknown: "Unknown", silent: "No report", off: "Export off", ok: "Exporting" };

export const cellWords = { s: "sending", i: "idle", r: "refused", n: "not open", u: "unknown", "-": "–", "?": "?" };

export const cellTitles = {
  s: "Datagrams were sent within the last 15 minutes", i: "A socket is open and nothing was refused", r: "The collector's host says that nothing listens there",
  n: "There is no socket that Open vSwitch can send with", u: "The agent can't tell", "-": "The node does not export to it", "?": "There is no report",
};

// groups of rows: those with problems first, then the largest.
export function groupsOf(rows) {
  const groups = new Map();
  for (const row of rows) {
    const key = [row.s, (row.p || []).join(" "), row.c, row.a, row.e, row.m, row.o ? 1 : 0].join("|");
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { key, row, rows: [row] });
  }
  const list = [...groups.values()];
  for (const g of list) g.rows.sort((a, b) => (a.n < b.n ? -1 : 1));
  return list.sort((a, b) => order[a.row.s] - order[b.row.s] || b.rows.length - a.rows.length || (a.rows[0].n < b.rows[0].n ? -1 : 1));
}

export function filtered(rows, { text, state, problem }) {
  const needle = text.trim().toLowerCase();
  return rows.filter((r) => (!needle || r.n.toLowerCase().includes(needle)) && (!state || r.s === state) && (!problem || (r.p || []).includes(problem)));
}
