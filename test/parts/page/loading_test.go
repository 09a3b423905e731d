package page

import (
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
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

// What does not arrive at all is told, with and without the first script and the style sheets.
func TestAPageThatDoesNotLoadSaysSo(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	f := newFaults(b)
	link := p.link()
	for _, name := range []string{"time.js", "editor.css", "page.css", "start.js"} {
		f.set(name, 100)
		b.run(chromedp.Navigate("about:blank"))
		b.run(chromedp.Navigate(link))
		b.wait(`(() => {
			const told = document.querySelector("#incomplete");
			return document.readyState === "complete" && told.checkVisibility({ visibilityProperty: true }) &&
				told.getBoundingClientRect().height > 15 && told.innerText.includes("has not loaded completely");
		})()`)
		f.set(name, 0)
	}
	// The link is still good.
	b.run(chromedp.Reload())
	b.wait(`document.querySelector("#live").dataset.state === "live"`)
	if shown := get[bool](b, `document.querySelector("#incomplete") !== null`); shown {
		t.Error("the page still says that it has not loaded")
	}
}

// A question that gets no answer is asked again. If that does not help, the page says what to do.
func TestAQuestionIsAskedAgain(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	f := newFaults(b)
	b.open(p.link())
	answered := func(times int, want string) {
		t.Helper()
		f.set("doctor", times)
		b.run(chromedp.Evaluate(`document.querySelector("#doctor-list").replaceChildren(); document.querySelector("#doctor-run").click()`, nil))
		b.wait(`document.querySelector("#doctor-run").getAttribute("aria-disabled") === null && document.querySelector("#doctor-list").innerText !== ""`)
		if text := b.text("#doctor-list"); !strings.Contains(text, want) {
			t.Errorf("after %d failures: %q, want %q", times, text, want)
		}
	}
	answered(1, "webhook")
	answered(2, "kubectl sluice ui does not answer")
	answered(0, "webhook")
}
