// Loads the page. Browsers cancel requests when the network of the machine changes, even those to 127.0.0.1, and do not
// repeat them: one file that is missing, and nothing runs. Then the page is loaded again.

const place = "sluice-loads";
const tries = 4;
const pause = 1000;

async function load() {
  await complete();
  for (const style of document.querySelectorAll("link[rel=stylesheet]")) {
    // Chromium has an empty sheet for one that did not arrive.
    if (!style.sheet || style.sheet.cssRules.length === 0) throw new Error(`${style.href} is missing`);
  }
  await import("/page.js");
}

// complete waits until all that the document names has arrived, or failed.
function complete() {
  if (document.readyState === "complete") return Promise.resolve();
  return new Promise((resume) => addEventListener("load", resume, { once: true }));
}

load().then(() => {
  sessionStorage.removeItem(place);
  document.getElementById("incomplete").remove();
}, () => {
  const loads = Number(sessionStorage.getItem(place)) + 1;
  if (loads >= tries) {
    sessionStorage.removeItem(place);
    document.getElementById("incomplete").classList.add("shown");
    return;
  }
  sessionStorage.setItem(place, loads);
  setTimeout(() => location.reload(), pause); // the link is still in the address
});
