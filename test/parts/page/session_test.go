package page

import (
	"context"
	"fmt"
	"strings"
	"testing"

	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Kind of fault: a request that got no answer left the page at "Connecting…" for good. The server may have accepted it.
func TestARequestForASessionThatGetsNoAnswer(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	var installed cdp.ScriptIdentifier
	// From now on, each page that is loaded gets no answer to its first requests for a session.
	unanswered := func(requests int, sent bool) {
		t.Helper()
		script := fmt.Sprintf(`{
			const real = window.fetch;
			let left = sessionStorage.getItem("reachable") ? 0 : %d;
			window.fetch = async (path, options) => {
				if (path !== "/session" || left-- <= 0) return real(path, options);
				if (%t) await real(path, options);
				return new Promise((_, reject) => options.signal.addEventListener("abort", () => reject(options.signal.reason)));
			};
		}`, requests, sent)
		b.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
			if installed != "" {
				if err := cdp.RemoveScriptToEvaluateOnNewDocument(installed).Do(ctx); err != nil {
					return err
				}
			}
			installed, err = cdp.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
			return err
		}))
	}
	unanswered(1, true)
	b.open(p.link())
	b.run(chromedp.Evaluate(`sessionStorage.clear()`, nil))
	for _, sent := range []bool{false, true} {
		unanswered(100, sent)
		b.run(chromedp.Navigate("about:blank"))
		link := p.link()
		b.run(chromedp.Navigate(link))
		b.wait(`document.querySelector("#live").dataset.state === "ended"`)
		if text := b.text("#banner"); !strings.Contains(text, "is not responding") {
			t.Errorf("the banner says %q", text)
		}
		b.run(chromedp.Evaluate(`sessionStorage.setItem("reachable", "yes")`, nil))
		b.run(chromedp.Reload())
		b.wait(`document.querySelector("#live").dataset.state === "live"`)
		if url := get[string](b, `location.href`); strings.Contains(url, "k=") {
			t.Errorf("the link is still in the address: %s", url)
		}
		b.run(chromedp.Evaluate(`sessionStorage.clear()`, nil))
	}
}
