package page

import (
	"context"
	"strings"
	"testing"

	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Kind of fault: a request that got no answer left the page at "Connecting…" for good.
func TestARequestForASessionThatGetsNoAnswer(t *testing.T) {
	fleet(t, 3)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	// silent keeps the first requests for a session from being answered, for as long as a reload of the page.
	silent := func(requests string) {
		t.Helper()
		b.run(chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := cdp.AddScriptToEvaluateOnNewDocument(`{
				const real = window.fetch;
				let left = ` + requests + `;
				window.fetch = (path, options) => path === "/session" && left-- > 0
					? new Promise((_, reject) => options.signal.addEventListener("abort", () => reject(options.signal.reason)))
					: real(path, options);
			}`).Do(ctx)
			return err
		}))
	}
	silent("1")
	b.open(p.link())
	b.run(chromedp.Evaluate(`sessionStorage.clear()`, nil))
	silent("100")
	b.run(chromedp.Navigate("about:blank"))
	link := p.link()
	b.run(chromedp.Navigate(link))
	b.wait(`document.querySelector("#live").dataset.state === "ended"`)
	if text := b.text("#banner"); !strings.Contains(text, "does not answer") {
		t.Errorf("the banner says %q", text)
	}
	if url := get[string](b, `location.href`); url != link {
		t.Errorf("the page can't be loaded again from %s", url)
	}
}
