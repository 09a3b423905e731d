// Loads the page. Browsers cancel requests when the network of the machine changes, even those to 127.0.0.1, and do not
// repeat them: if one script is missing, none runs. Then the page is loaded again.

const place = "sluice-loads";
const tries = 4;
const pause = 1000;

async function load() {
  await complete();
  // A page without styles is better than none.
  if (loads() < tries && !styled()) throw new Error("a style sheet is missing");
  await import("/page.js");
}

// complete waits until all that the document names has arrived, or failed.
function complete() {
  if (document.readyState === "complete") return Promise.resolve();
  return new Promise((resume) => addEventListener("load", resume, { once: true }));
}

// styled reports whether the page's own style sheets have arrived. Extensions of the browser add others.
function styled() {
  const own = [...document.querySelectorAll("link[rel=stylesheet]")].filter((link) => link.href.startsWith(`${location.origin}/`));
  return own.every((link) => {
    try {
      return link.sheet.cssRules.length > 0; // Chromium has an empty sheet for one that did not arrive
    } catch {
      return false;
    }
  });
}

// loads is how many times the page was loaded, with this time.
function loads() {
  try {
    return (Number(sessionStorage.getItem(place)) || 0) + 1;
  } catch {
    return tries; // a browser that stores nothing can't count
  }
}

// keep keeps the number of loads.
function keep(number) {
  try {
    if (number) sessionStorage.setItem(place, number);
    else sessionStorage.removeItem(place);
  } catch {
    // Nothing is stored.
  }
}

load().then(() => {
  document.getElementById("incomplete").remove();
  keep(0);
}, (error) => {
  const message = document.getElementById("incomplete");
  const old = error instanceof SyntaxError;
  if (old) message.textContent = "This browser is too old for this page. Use a newer one.";
  if (old || loads() >= tries) {
    message.classList.add("shown");
    keep(0);
    return;
  }
  keep(loads());
  setTimeout(() => location.reload(), pause); // the link is still in the address
});
