package page

import (
	"fmt"
	"testing"
	"time"
)

const paint = `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0`

// measure opens the page for a number of nodes, changes some of them, and prints how long it took.
func measure(t *testing.T, nodes int) {
	fleet(t, nodes)
	p := ui(t, editorUser)
	b := browser(t, 1280, 900)
	link := p.link()
	start := time.Now()
	b.open(link)
	b.wait(fmt.Sprintf(`document.querySelector("#filter-count").value === "%s"`, count(nodes)))
	shown := time.Since(start)
	first := get[float64](b, paint)
	whole := b.received()
	if title := b.text("#verdict-title"); title != "OK" {
		t.Errorf("the verdict is %q\n%s", title, b.text("#main"))
	}
	var latencies []time.Duration
	for i := range 5 {
		before := b.received()
		start := time.Now()
		change(t, health{ipfix, fmt.Sprintf("IPFIX %s: Connection refused (%d)", ipfix, i)}, nodeName(i%nodes))
		b.wait(fmt.Sprintf(`document.querySelector("#problem-list").innerText.includes("Connection refused (%d)")`, i))
		latencies = append(latencies, time.Since(start).Round(time.Millisecond))
		if pushed := b.received() - before; pushed > 60<<10 {
			t.Errorf("%d bytes were pushed for the change of one node", pushed)
		}
	}
	now, peak := p.memory()
	t.Logf("%d nodes: first contentful paint %.0f ms, all nodes shown after %s, updates after %v, %d bytes at first, memory %d MiB, peak %d MiB",
		nodes, first, shown.Round(time.Millisecond), latencies, whole, now, peak)
	if limit := int64(120<<10 + nodes*200); whole > limit {
		t.Errorf("%d bytes at first, want at most %d", whole, limit)
	}
	if peak > 250 {
		t.Errorf("the program needs %d MiB", peak)
	}
	if rows := get[int](b, `document.querySelectorAll("#table tbody tr").length`); rows > 100 {
		t.Errorf("the table has %d rows", rows)
	}
	b.clean(link)
}

func count(nodes int) string {
	if nodes == 1000 {
		return "1,000 nodes"
	}
	return fmt.Sprintf("%d nodes", nodes)
}

func TestThreeNodes(t *testing.T)    { measure(t, 3) }
func TestThousandNodes(t *testing.T) { measure(t, 1000) }
