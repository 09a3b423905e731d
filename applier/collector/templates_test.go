package collector

import (
	"net/netip"
	"testing"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
)

func oneField() template {
	return template{fields: []netflow.Field{{Type: sourceIPv4Address, Length: 4}}}
}

func sessionOf(port uint16, domain uint32) session {
	return session{netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port), domain}
}

func TestTemplateStoreForgetsTheLeastRecent(t *testing.T) {
	cost := costOfSession + oneField().cost()
	s := newTemplateStore(limits{session: 1000, total: 2 * cost})
	for port := range uint16(2) {
		if err := s.put(sessionOf(port, 0), 256, oneField()); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := s.get(sessionOf(0, 0), 256); !ok {
		t.Fatal("the first session is gone early")
	}
	if err := s.put(sessionOf(2, 0), 256, oneField()); err != nil {
		t.Fatal(err)
	}
	for port, want := range []bool{true, false, true} {
		if _, got := s.get(sessionOf(uint16(port), 0), 256); got != want {
			t.Errorf("session %d kept: got %t, want %t", port, got, want)
		}
	}
	if s.cost != 2*cost || len(s.sessions) != 2 || s.recent.Len() != 2 {
		t.Errorf("got cost %d, %d sessions, %d in order", s.cost, len(s.sessions), s.recent.Len())
	}
}

func TestTemplateStoreStaysWithinLimits(t *testing.T) {
	l := limits{session: 500, total: 5000}
	s := newTemplateStore(l)
	refused := 0
	for port := range uint16(500) {
		for id := range uint16(100) {
			if err := s.put(sessionOf(port, uint32(port%3)), 256+id, oneField()); err != nil {
				refused++
			}
			if s.cost > l.total {
				t.Fatalf("cost %d", s.cost)
			}
		}
	}
	if refused == 0 || len(s.sessions) == 0 {
		t.Errorf("refused %d, kept %d sessions", refused, len(s.sessions))
	}
}

func TestTemplateStoreKeepsSessionsApart(t *testing.T) {
	s := newTemplateStore(defaultLimits())
	for range 3 {
		if err := s.put(sessionOf(1, 1), 256, oneField()); err != nil {
			t.Fatal(err)
		}
	}
	if want := costOfSession + oneField().cost(); s.cost != want {
		t.Errorf("got cost %d after replacing, want %d", s.cost, want)
	}
	for _, other := range []session{sessionOf(1, 2), sessionOf(2, 1)} {
		if _, ok := s.get(other, 256); ok {
			t.Errorf("%v knows another session's template", other)
		}
	}
}
