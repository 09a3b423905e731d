package page

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/go-json-experiment/json/jsontext"
)

// shot writes a picture of a state to a folder, to look at after a change of the page.
func (b *tab) shot(name string) {
	if *states != "" {
		b.whole(filepath.Join(*states, name+".png"))
	}
}

const focused = `(() => { const e = document.activeElement; return e.id || e.dataset.focus || e.textContent.trim().slice(0, 30) || e.tagName })()`

// Everything can be reached and used with the keyboard, in the order of the page.
func TestTheKeyboardReachesEverything(t *testing.T) {
	fleet(t, 30)
	change(t, health{second, "refused"}, nodeName(3))
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	link := p.link()
	b.open(link)
	b.wait(`document.querySelectorAll("#problem-list article").length === 1 && document.querySelector("#filter-count").value === "30 nodes"`)
	var order []string
	for range 60 {
		b.run(chromedp.KeyEvent(kb.Tab))
		at := get[string](b, focused)
		order = append(order, at)
		if at == "doctor-run" {
			break
		}
	}
	want := []string{"Skip to the content", "Problems 1", "Nodes", "nodes", "runbook", "filter-text", "filter-state", "filter-problem", "table", "toggle", "explain-user", "list-netFlow", "list-ipfix", "editor-reset", "doctor-run"}
	last := -1
	for _, w := range want {
		i := slices.Index(order, w)
		if i <= last {
			t.Errorf("%q is reached at %d, after %d: %q", w, i, last, order)
		}
		last = i
	}

	// A group opens, and a node's details; Escape closes them, and the focus returns.
	b.run(chromedp.Evaluate(`document.querySelector("[data-focus=toggle]").focus()`, nil), chromedp.KeyEvent(kb.Enter))
	b.wait(`document.querySelectorAll("#table tr.inner").length === 29`)
	if at := get[string](b, focused); at != "toggle" {
		t.Errorf("the focus is at %q after the group opened", at)
	}
	b.run(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	b.wait(`document.querySelector("#details").open && document.querySelector("#details").innerText.includes("PerformanceRisk")`)
	b.shot("details")
	b.run(chromedp.KeyEvent(kb.Escape))
	b.wait(`!document.querySelector("#details").open`)
	if at := get[string](b, focused); at != "open" {
		t.Errorf("the focus is at %q after the details closed", at)
	}

	// A change of another node does not move the focus.
	change(t, health{ipfix, "also refused"}, nodeName(20))
	b.wait(`document.querySelectorAll("#problem-list article").length === 2`)
	if at := get[string](b, focused); at != "open" {
		t.Errorf("the focus is at %q after an update", at)
	}
	if said := b.text("#announce"); !strings.HasPrefix(said, "2 problems") {
		t.Errorf("a screen reader hears %q", said)
	}
	b.clean(link)
}

// The accessibility tree has landmarks, headings, a table, and a name for everything that can be used.
func TestTheAccessibilityTree(t *testing.T) {
	fleet(t, 30)
	change(t, health{second, "refused"}, nodeName(3))
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	b.open(p.link())
	b.wait(`document.querySelectorAll("#problem-list article").length === 1`)
	// Read as it is: the driver does not know all properties of newer browsers.
	var raw jsontext.Value
	b.run(chromedp.ActionFunc(func(ctx ctx) error { return cdp.Execute(ctx, "Accessibility.getFullAXTree", nil, &raw) }))
	type value struct{ Value any }
	var tree struct {
		Nodes []struct {
			Ignored    bool
			Role, Name value
		}
	}
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	roles := map[string][]string{}
	for _, n := range tree.Nodes {
		if n.Ignored {
			continue
		}
		role, name := fmt.Sprint(n.Role.Value), ""
		if n.Name.Value != nil {
			name = fmt.Sprint(n.Name.Value)
		}
		roles[role] = append(roles[role], name)
		if slices.Contains([]string{"button", "link", "textbox", "searchbox", "combobox", "region", "image", "dialog", "form", "search"}, role) && name == "" {
			t.Errorf("a %s has no name", role)
		}
	}
	for role, names := range map[string][]string{
		"banner": {""}, "main": {""}, "navigation": {"Sections"}, "region": {"Problems", "Nodes and collectors", "What changed", "Policies", "Edit the collector lists", "Installation"},
		"heading": {"Sluice", "1 problem", "Problems", "Refused 1 node"}, "searchbox": {"Name"}, "combobox": {"State", "Problem"},
		"columnheader": {"Nodes", "State", "IPFIX " + second}, "rowheader": {"worker-0003"}, "textbox": {"NetFlow, one collector in a line"}, "article": {"Refused"},
	} {
		for _, name := range names {
			if !slices.Contains(roles[role], name) {
				t.Errorf("no %s is named %q: %q", role, name, roles[role])
			}
		}
	}
	if len(roles["status"]) < 3 {
		t.Errorf("%d live regions", len(roles["status"]))
	}
}

// contrasts lists the texts whose contrast against what is under them is below 4.5.
const contrasts = `(() => {
  const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return { r: m[0], g: m[1], b: m[2], a: m[3] ?? 1 } };
  const light = ({ r, g, b }) => { const f = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 }; return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b) };
  const under = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.a === 1) return c } return { r: 255, g: 255, b: 255 } };
  const bad = [];
  let least = 21;
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const field = e.matches("input, textarea, select");
    if (!own && !field || !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    const a = light(parse(style.color)), b = light(under(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    least = Math.min(least, ratio);
    if (ratio < 4.5) bad.push(e.tagName + "." + e.className + " " + style.color + " " + ratio.toFixed(2));
  }
  return { bad: [...new Set(bad)], least };
})()`

func TestContrastInLightAndDark(t *testing.T) {
	fleet(t, 30)
	apply(t, policies)
	change(t, health{second, "refused"}, nodeName(3))
	p := ui(t, editorUser)
	for _, scheme := range []string{"light", "dark"} {
		b := browser(t, 1280, 900)
		b.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
		b.open(p.link())
		b.wait(`document.querySelectorAll("#problem-list article").length === 1 && document.querySelectorAll("#policy-list article").length === 1`)
		b.typeIn("ipfix", "10.0.0.05:4739")
		b.outcome("Rejected")
		found := get[struct {
			Bad   []string
			Least float64
		}](b, contrasts)
		for _, text := range found.Bad {
			t.Errorf("%s: %s", scheme, text)
		}
		t.Logf("%s: the least contrast is %.2f", scheme, math.Floor(found.Least*100)/100)
		background := get[string](b, `getComputedStyle(document.body).backgroundColor`)
		if dark := strings.HasPrefix(background, "rgb(18,"); dark != (scheme == "dark") {
			t.Errorf("%s: the background is %s", scheme, background)
		}
		if moving := get[int](b, `document.getAnimations().length`); moving != 0 {
			t.Errorf("%d animations run", moving)
		}
	}
}

// On a narrow window nothing but the tables is wider than the window.
func TestANarrowWindow(t *testing.T) {
	fleet(t, 30)
	change(t, health{second, strings.Repeat("refused-", 40)}, nodeName(3))
	p := ui(t, editorUser)
	b := browser(t, 360, 740)
	b.open(p.link())
	b.wait(`document.querySelectorAll("#problem-list article").length === 1`)
	if width := get[int](b, `document.documentElement.scrollWidth`); width > 360 {
		t.Errorf("the page is %d pixels wide", width)
	}
	b.shot("narrow")
}

// What comes from the cluster is text.
func TestHostileTextIsText(t *testing.T) {
	fleet(t, 3)
	const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
	change(t, health{second, hostile}, nodeName(1))
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	link := p.link()
	b.open(link)
	b.wait(fmt.Sprintf(`document.querySelector("#problem-list").textContent.includes(%q)`, hostile))
	if found := get[int](b, `document.querySelectorAll("main img, main script").length`); found != 0 {
		t.Errorf("%d elements were made of text", found)
	}
	if title := get[string](b, `document.title`); title != "1 problem · Sluice" {
		t.Errorf("the title is %q", title)
	}
	b.clean(link)
}
