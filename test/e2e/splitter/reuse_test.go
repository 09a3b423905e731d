package splitter

import (
	"fmt"
	"testing"
	"time"

	"sluice/applier/splitter"
	"sluice/test/harness/node"
)

// An interface is used again at once by a pod of another tenant, with its name, its number in the kernel and all
// addresses of the pod.
func TestAnInterfaceIsUsedAgain(t *testing.T) {
	for _, release := range []node.Release{node.Debian12, node.Debian13} {
		for name, settings := range map[string][]string{
			"each packet at once": {"sampling=1"},
			"with a cache":        {"sampling=1", "cache_active_timeout=1", "cache_max_flows=1000"},
		} {
			t.Run("Debian "+string(release)+", "+name, func(t *testing.T) {
				w := newWorld(t, release, "team-a_one", "team-c_two")
				a, b := readers(t, w.network, 101), readers(t, w.network, 111)
				w.SetBridge(123, 1)
				w.SetExports([]splitter.Export{exportOf("team-a", a), exportOf("team-b", b)})
				w.export(t, settings...)
				send := func(packets int) {
					t.Helper()
					if err := w.node.SendBetween(t.Context(), 1, 2, packets); err != nil {
						t.Fatal(err)
					}
				}
				send(8)
				got(t, "team-a", a, w.flows(1, 2, 8))
				if err := w.node.ReplacePod(t.Context(), 1, "team-b_one"); err != nil {
					t.Fatal(err)
				}
				replaced := time.Now()
				send(4) // what comes within 2 seconds is ambiguous
				eventually(t, func() string {
					if counts, _ := w.Counts(); time.Since(replaced) < 4*time.Second {
						return fmt.Sprintf("%+v", counts)
					}
					return ""
				})
				early, err := b[len(b)-1].flows(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				send(12)
				got(t, "team-b", b, sum(early, w.flows(1, 2, 12)))
				got(t, "team-a", a, w.flows(1, 2, 8))
			})
		}
	}
}

// While the database does not answer, the interfaces may be other tenants'.
func TestNothingIsSentWhileTheDatabaseHangs(t *testing.T) {
	w := newWorld(t, node.Debian13, "team-a_one", "team-c_two")
	a := readers(t, w.network, 101)
	w.SetBridge(123, 1)
	w.SetExports([]splitter.Export{exportOf("team-a", a)})
	w.export(t, "sampling=1")
	send := func(packets int) {
		t.Helper()
		if err := w.node.SendBetween(t.Context(), 1, 2, packets); err != nil {
			t.Fatal(err)
		}
	}
	send(4)
	got(t, "team-a", a, w.flows(1, 2, 4))
	if err := w.node.FreezeDatabase(); err != nil {
		t.Fatal(err)
	}
	before, _ := w.Counts()
	send(4)
	eventually(t, func() string {
		if counts, _ := w.Counts(); counts.Datagrams < before.Datagrams+16 {
			return fmt.Sprintf("%+v", counts)
		}
		return ""
	})
	got(t, "team-a", a, w.flows(1, 2, 4))
	if err := w.node.ThawDatabase(); err != nil {
		t.Fatal(err)
	}
	got(t, "team-a", a, w.flows(1, 2, 8))
}
