package page

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"sluice/test/harness/require"
)

// tab is a tab of a headless Chromium, with what happened in it.
type tab struct {
	context.Context
	t *testing.T

	mu       sync.Mutex
	errors   []string
	requests []string
	bytes    int64
}

// browser opens a tab.
func browser(t *testing.T, width, height int64) *tab {
	t.Helper()
	require.Programs(t, "chromium")
	profile, err := os.MkdirTemp("", "sluice-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) }) // a process of the browser may still write
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox,
		chromedp.UserDataDir(profile), chromedp.Flag("disable-gpu", true), chromedp.Flag("font-render-hinting", "none"))
	alloc, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(stop)
	b := &tab{Context: ctx, t: t}
	chromedp.ListenTarget(ctx, b.listen)
	b.run(network.Enable(), runtime.Enable(), cdplog.Enable(), emulation.SetDeviceMetricsOverride(width, height, 1, false))
	return b
}

func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.errors = append(b.errors, "exception: "+e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning || e.Type == runtime.APITypeAssert {
			b.errors = append(b.errors, fmt.Sprintf("console: %s %s", e.Type, e.Args[0].Value))
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.LevelError || e.Entry.Level == cdplog.LevelWarning {
			b.errors = append(b.errors, fmt.Sprintf("log: %s %s", e.Entry.Text, e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.Method+" "+e.Request.URL)
	case *network.EventDataReceived:
		b.bytes += e.DataLength
	}
}

func (b *tab) run(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b, actions...); err != nil {
		b.t.Fatalf("%v\n%s", err, b.text("#verdict"))
	}
}

// open opens a link and waits until the page is live.
func (b *tab) open(link string) {
	b.t.Helper()
	b.run(chromedp.Navigate(link))
	b.wait(`document.querySelector("#live").dataset.state === "live"`)
}

// wait waits until an expression is true in the page, also when the page is loaded again meanwhile.
func (b *tab) wait(expression string) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b, 40*time.Second)
	defer stop()
	err := chromedp.Run(ctx, polled(expression))
	for ; err != nil && ctx.Err() == nil; err = chromedp.Run(ctx, chromedp.Sleep(pollEvery), polled(expression)) {
		var code *cdproto.Error
		var thrown *runtime.ExceptionDetails // the document has not all its elements yet
		if !errors.As(err, &thrown) && (!errors.As(err, &code) || code.Code != navigated) {
			break
		}
	}
	if err != nil {
		text := b.text("main")
		b.mu.Lock()
		defer b.mu.Unlock()
		b.t.Fatalf("%s: %v\n%s\nrequests: %q\nerrors: %q", expression, err, text, b.requests, b.errors)
	}
}

// navigated is the code of Chromium's error for an evaluation that ended because the page was loaded again.
const navigated = -32000

const pollEvery = 20 * time.Millisecond

func polled(expression string) chromedp.Action {
	return chromedp.Poll(expression, nil, chromedp.WithPollingInterval(pollEvery), chromedp.WithPollingTimeout(0))
}

// text is the text of an element.
func (b *tab) text(selector string) (text string) {
	_ = chromedp.Run(b, chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector), &text)) // empty if the page is gone
	return text
}

// get evaluates an expression.
func get[T any](b *tab, expression string) (value T) {
	b.t.Helper()
	b.run(chromedp.Evaluate(expression, &value, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return value
}

// clean fails the test if the page had errors, or asked for anything but its own origin.
func (b *tab) clean(link string) {
	b.t.Helper()
	origin, _, _ := strings.Cut(link, "#")
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.errors {
		b.t.Error(e)
	}
	for _, r := range b.requests {
		if _, url, _ := strings.Cut(r, " "); !strings.HasPrefix(url, origin) {
			b.t.Errorf("the page asked for %s", r)
		}
	}
}

// received is how many bytes came over the network so far.
func (b *tab) received() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes
}
