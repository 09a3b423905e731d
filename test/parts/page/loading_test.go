package page

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// faults makes requests of a tab fail, as a browser does when the network of the machine changes.
type faults struct {
	b    *tab
	mu   sync.Mutex
	left map[string]int // failures by the last part of the path
}

func newFaults(b *tab) *faults {
	f := &faults{b: b, left: map[string]int{}}
	chromedp.ListenTarget(b, func(event any) {
		e, ok := event.(*fetch.EventRequestPaused)
		if !ok {
			return
		}
		address, _, _ := strings.Cut(e.Request.URL, "?")
		name := path.Base(address)
		f.mu.Lock()
		fails := f.left[name] > 0
		if fails {
			f.left[name]--
		}
		f.mu.Unlock()
		// A listener must not wait for the browser.
		go func() {
			if fails {
				_ = chromedp.Run(b, fetch.FailRequest(e.RequestID, network.ErrorReasonConnectionAborted)) // the page may be gone
				return
			}
			_ = chromedp.Run(b, fetch.ContinueRequest(e.RequestID))
		}()
	})
	b.run(fetch.Enable())
	return f
}

// set makes the next requests for a file fail.
func (f *faults) set(name string, times int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left[name] = times
}

// none tests that all failures that were set happened.
func (f *faults) none() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range f.left {
		if n > 0 {
			return false
		}
	}
	return true
}

// Kind of fault: a file of the page that does not arrive left it at "Connecting…" for good.
func TestAFileThatDoesNotArriveIsLoadedAgain(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	f := newFaults(b)
	link := p.link()
	b.open(link) // to know the files
	var files []string
	b.mu.Lock()
	for _, r := range b.requests {
		_, url, _ := strings.Cut(r, " ")
		if name := path.Base(url); (path.Ext(name) == ".js" || path.Ext(name) == ".css") && !slices.Contains(files, name) && name != "start.js" {
			files = append(files, name)
		}
	}
	b.mu.Unlock()
	if len(files) < 15 {
		t.Fatalf("the page asked for %q only", files)
	}
	for i, name := range files {
		f.set(name, 1+i%2)
		b.run(chromedp.Navigate("about:blank"))
		b.open(p.link())
		b.wait(`document.querySelector("#incomplete") === null && [...document.styleSheets].filter((s) => s.cssRules.length > 0).length === 3`)
		if !f.none() {
			t.Errorf("%s was not asked for", name)
		}
	}
}

// injected runs a script at the beginning of each page that is loaded from now on, as an extension of the browser can.
func (b *tab) injected(script string) {
	b.t.Helper()
	b.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := cdp.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
		return err
	}))
}

// documents is how many times the page was loaded.
func (b *tab) documents(link string) (n int) {
	page, _, _ := strings.Cut(link, "#")
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		if r == "GET "+page {
			n++
		}
	}
	return n
}

// What does not arrive at all is told: by the first script, by the style sheet, or by the document alone.
func TestAPageThatDoesNotLoadSaysSo(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	link := p.link()
	for _, c := range []struct {
		name    string
		missing []string
		loads   int
		shown   bool // by the first script
	}{
		{"a script", []string{"time.js"}, 4, true},
		{"a script and the styles", []string{"page.js", "page.css", "board.css", "editor.css"}, 4, true},
		{"the first script", []string{"start.js"}, 1, false},
		{"the first script and the styles", []string{"start.js", "page.css"}, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := browser(t, 1280, 900)
			f := newFaults(b)
			for _, name := range c.missing {
				f.set(name, 100)
			}
			b.run(chromedp.Navigate(link))
			b.wait(fmt.Sprintf(`(() => {
				const told = document.querySelector("#incomplete");
				return document.readyState === "complete" && told.classList.contains("shown") === %t && told.checkVisibility({ visibilityProperty: true }) &&
					told.getBoundingClientRect().height > 15 && told.innerText.includes("did not load completely");
			})()`, c.shown))
			if n := b.documents(link); n != c.loads {
				t.Errorf("the page was loaded %d times, want %d", n, c.loads)
			}
			b.shot("incomplete-" + strings.ReplaceAll(c.name, " ", "-"))
		})
	}
	b := browser(t, 1280, 900)
	b.open(link) // it is still good
	b.wait(`document.querySelector("#incomplete") === null`)
}

// A page without styles works. An extension of the browser can filter them.
func TestAPageWithoutStyles(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	f := newFaults(b)
	f.set("editor.css", 100)
	link := p.link()
	b.open(link)
	if n := b.documents(link); n != 4 {
		t.Errorf("the page was loaded %d times, want 4", n)
	}
}

// Extensions of the browser add style sheets that scripts of the page may not read.
func TestStylesOfOthersDoNotMatter(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	b.injected(`document.addEventListener("DOMContentLoaded", () => {
			for (const href of ["http://127.0.0.1:1/a.css", "data:text/css,", "blob:" + location.origin + "/a", "chrome-extension://a/a.css"]) {
				const link = document.createElement("link");
				link.rel = "stylesheet";
				link.href = href;
				document.head.append(link);
			}
		})`)
	link := p.link()
	b.open(link)
	if n := b.documents(link); n != 1 {
		t.Errorf("the page was loaded %d times, want once", n)
	}
}

// A browser that stores nothing is told so, and the link is not used.
func TestABrowserThatStoresNothing(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	b.injected(`Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("denied", "SecurityError"); } })`)
	link := p.link()
	b.run(chromedp.Navigate(link))
	b.wait(`document.querySelector("#banner").innerText.includes("does not let the page store its key") && document.querySelector("#incomplete") === null`)
	other := browser(t, 1280, 900)
	other.open(link)
}

// A question that gets no answer is asked again. If that does not help, the page says what to do.
func TestAQuestionIsAskedAgain(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	f := newFaults(b)
	b.open(p.link())
	for times, want := range []string{"webhook", "webhook", "webhook", "kubectl sluice ui is not responding"} {
		f.set("doctor", times)
		b.run(chromedp.Evaluate(`document.querySelector("#doctor-list").replaceChildren(); document.querySelector("#doctor-run").click()`, nil))
		b.wait(`document.querySelector("#doctor-run").getAttribute("aria-disabled") === null && document.querySelector("#doctor-list").innerText !== ""`)
		if text := b.text("#doctor-list"); !strings.Contains(text, want) || !f.none() {
			t.Errorf("after %d failures: %q, want %q", times, text, want)
		}
	}
	f.set("check", 2)
	b.run(chromedp.SendKeys(`#lists textarea`, "\n10.0.0.01:2055"))
	b.wait(`document.querySelector("#answer").dataset.pending === "false" && document.querySelector("#answer").innerText.includes("10.0.0.1:2055")`)
	if !f.none() {
		t.Error("the verdict was not asked for")
	}
}
