// Elements are made from text and attributes only. Nothing here parses HTML, so text of the cluster
// stays text.

export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    } else if (value === true) {
      node.setAttribute(name, "");
    } else {
      node.setAttribute(name, String(value));
    }
  }
  node.append(...children.flat(2).filter((c) => c !== undefined && c !== null && c !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// keyed makes the children of a parent those of a list, and keeps the elements of items that did not
// change: focus, selection and the place of a screen reader stay.
export function keyed(parent, items, keyOf, signatureOf, make) {
  const before = parent.keyedElements || new Map();
  const after = new Map();
  const wanted = new Set(items.map(keyOf));
  // What is gone goes first, so that nothing that stays has to move: an element that moves loses the focus.
  for (const [key, { node }] of before) {
    if (!wanted.has(key)) {
      node.remove();
      before.delete(key);
    }
  }
  let place = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    const signature = signatureOf(item);
    const old = before.get(key);
    let node = old && old.node;
    if (!old || old.signature !== signature) {
      node = make(item);
      if (old) {
        const focused = old.node.contains(document.activeElement) && document.activeElement.dataset.focus;
        if (place === old.node) place = node;
        old.node.replaceWith(node);
        if (focused) node.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
      }
    }
    after.set(key, { node, signature });
    before.delete(key);
    if (place === node) {
      place = node.nextSibling;
    } else {
      parent.insertBefore(node, place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
  parent.keyedElements = after;
}

// plural is a number with its noun.
export function plural(n, one, many) {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many || one + "s"}`;
}
