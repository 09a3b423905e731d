package page

import (
	"context"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
)

type ctx = context.Context

func TestAPageWhoseServerIsGoneSaysSoAndReconnects(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	link := p.link()
	b.open(link)
	b.wait(`document.querySelector("#filter-count").value === "3 nodes"`)
	// A process that hangs is like a network that is cut.
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	b.wait(`document.querySelector("#live").dataset.state === "lost" && !document.querySelector("#banner").hidden`)
	if rows := get[int](b, `document.querySelectorAll("#table tbody tr").length`); rows != 3 {
		t.Errorf("%d rows of the last known state are shown", rows)
	}
	change(t, health{second, "refused meanwhile"}, nodeName(1))
	if title := b.text("#verdict-title"); !strings.HasPrefix(title, "Unknown since ") {
		t.Errorf("the verdict is %q", title)
	}
	b.shot("lost")
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	b.wait(`document.querySelector("#live").dataset.state === "live" && document.querySelector("#problem-list").innerText.includes("refused meanwhile")`)

	// Another run on the same port has other keys.
	if code := p.stop(syscall.SIGINT); code != 0 {
		t.Errorf("Ctrl-C ends it with %d", code)
	}
	b.wait(`document.querySelector("#live").dataset.state === "lost"`)
	again := ui(t, editorUser, "--port="+port(link))
	second := again.link()
	b.wait(`document.querySelector("#live").dataset.state === "ended"`)
	if text := b.text("#banner"); !strings.Contains(text, "started again") {
		t.Errorf("the banner says %q", text)
	}
	b.run(chromedp.Navigate("about:blank"))
	b.open(second)
}

func TestAPageWhoseClusterIsGoneSaysSo(t *testing.T) {
	fleet(t, 3)
	g := newGate(t)
	p := ui(t, editorUser, "--server=https://"+g.address)
	b := browser(t, 1280, 900)
	b.open(p.link())
	b.wait(`document.querySelector("#verdict-title").textContent === "OK"`)
	g.set(true)
	b.wait(`document.querySelector("#live").dataset.state === "lost" && document.querySelector("#banner").textContent.includes("The API server does not answer since")`)
	b.wait(`document.querySelectorAll("#sources li[data-state=old] [data-source]").length === 8`)
	if rows := get[int](b, `document.querySelectorAll("#table tbody tr").length`); rows != 3 {
		t.Errorf("%d rows of the last known state are shown", rows)
	}
	if title, text := b.text("#verdict-title"), b.text("#verdict-text"); !strings.HasPrefix(title, "Unknown since ") || !strings.HasPrefix(text, "Last known: OK. 3 of 3 nodes") {
		t.Errorf("the verdict is %q: %q", title, text)
	}
	b.shot("cut")
	change(t, health{second, "refused meanwhile"}, nodeName(1))
	g.set(false)
	b.wait(`document.querySelector("#live").dataset.state === "live" && document.querySelectorAll("#sources li").length === 0`)
	b.wait(`document.querySelector("#problem-list").innerText.includes("refused meanwhile")`)
}

func TestTheLinkWorksOnce(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	link := p.link()
	b := browser(t, 1280, 900)
	b.open(link)
	if url := get[string](b, `location.href + " " + history.length + " " + document.cookie`); strings.Contains(url, "k=") || !strings.HasSuffix(url, " ") {
		t.Errorf("the address, the history and the cookies: %q", url)
	}
	b.run(chromedp.Reload())
	b.wait(`document.querySelector("#live").dataset.state === "live"`)
	other := browser(t, 1280, 900)
	other.run(chromedp.Navigate(link))
	other.wait(`document.querySelector("#live").dataset.state === "ended" && document.querySelector("#banner").textContent.includes("was used already")`)
	other.shot("used")
	next := p.link()
	if next == link {
		t.Fatal("the next link is the same")
	}
	other.run(chromedp.Navigate("about:blank"))
	other.open(next)
	for _, r := range append(b.requests, other.requests...) {
		if strings.Contains(r, "k=") && !strings.Contains(r, "#") {
			t.Errorf("the link is in the request %s", r)
		}
	}
}

// The browser keeps the page to its own files: no script in the document, no other origin, no frame.
func TestTheContentPolicy(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	link := p.link()
	b.open(link)
	for name, attempt := range map[string]string{
		"a script in the document": `(() => { const s = document.createElement("script"); try { s.textContent = "window.ran = true" } catch { return "threw" } document.body.append(s); return window.ran ? "ran" : "threw" })()`,
		"HTML":                     `(() => { try { document.createElement("p").innerHTML = "<b>x</b>"; return "parsed" } catch { return "threw" } })()`,
		"another origin":           `fetch("http://127.0.0.1:1/").then(() => "sent", (e) => document.querySelector("#live") && "threw")`,
		"an inline style":          `(() => { const p = document.createElement("p"); p.setAttribute("style", "color: rgb(1, 2, 3)"); document.body.append(p); const c = getComputedStyle(p).color; p.remove(); return c === "rgb(1, 2, 3)" ? "styled" : "threw" })()`,
	} {
		if got := get[string](b, attempt); got != "threw" {
			t.Errorf("%s: %s", name, got)
		}
	}
	violations := get[int](b, `new Promise((done) => { document.addEventListener("securitypolicyviolation", () => done(1)); fetch("http://127.0.0.1:1/").catch(() => {}) })`)
	if violations == 0 {
		t.Error("a request to another origin is no violation")
	}
}
