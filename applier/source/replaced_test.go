package source

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/internal/kube"
)

// profileOf is a profile that was created at a time.
func profileOf(t *testing.T, name, created string) *unstructured.Unstructured {
	t.Helper()
	return object(t, strings.NewReplacer("p1", name+created, "2026-01-02T13:00:00Z", created, "private", name).Replace(private))
}

const later, last = "2026-01-04T12:00:00Z", "2026-01-05T12:00:00Z"

// step is what the watch has, and what a look at the definition finds; without a definition and an error, there
// is none.
type step struct {
	now        []*unstructured.Unstructured
	definition *unstructured.Unstructured
	err        error
	doubt      string // part of it; empty for none
	but        string // what it does not say
}

func TestProfilesOfAReplacedDefinition(t *testing.T) {
	list := func(profiles ...*unstructured.Unstructured) []*unstructured.Unstructured { return profiles }
	d1, d2, d3 := definitionOf(t, "d1", early, false), definitionOf(t, "d2", late, false), definitionOf(t, "d3", last, false)
	gone := apierrors.NewNotFound(kube.CustomResourceDefinitions().GroupResource(), "flowexportprofiles.sluice.dev")
	general, secret := profileOf(t, "general", early), profileOf(t, "secret", early)
	same := profileOf(t, "same", late)
	general2, secret2 := profileOf(t, "general", later), profileOf(t, "secret", later)
	for name, steps := range map[string][]step{
		// Kind of fault: what is known once is never renewed. The deletion of the last profile stopped all agents.
		"it was replaced while there were none": {
			{now: list(), definition: d1}, {now: list(general2)}, {now: list(), definition: d2},
		},
		"and a profile was created in the same second": {
			{now: list(), definition: d1}, {now: list(same), definition: d2}, {now: list(), definition: d2},
		},
		"and it can't be read when a profile is created": {
			{now: list(), definition: d1}, {now: list(general2), err: gone}, {now: list(), definition: d2},
		},
		"a profile was created in the same second before": {
			{now: list(same), definition: d1}, {now: list(), definition: d2, doubt: "with the former one: same;"},
		},
		"a profile was created again in the same second": {
			{now: list(profileOf(t, "same", early)), definition: d1}, {now: list(same), definition: d2}, {now: list(), definition: d2},
		},
		"it was replaced while there were none, and while there was one": {
			{now: list(), definition: d1}, {now: list(general2)}, {now: list(), definition: d3, doubt: "with the former one: general;"},
		},
		// Kind of fault: a part counted as all.
		"one is back": {
			{now: list(general, secret), definition: d1},
			{now: list(), err: gone, doubt: "was deleted"},
			{now: list(), definition: d2, doubt: "with the former one: general, secret;"},
			{now: list(general2), definition: d2, doubt: "with the former one: secret;"},
			{now: list(general2, secret2), definition: d2},
			{now: list(general2), definition: d2},
			{now: list(), definition: d2},
		},
		"a user deletes what is back before all are": {
			{now: list(general, secret), definition: d1},
			{now: list(general2), definition: d2, doubt: "secret"},
			{now: list(), definition: d2, doubt: "with the former one: secret;"},
			{now: list(secret2), definition: d2},
		},
		"another is created first": {
			{now: list(secret), definition: d1},
			{now: list(general2), definition: d2, doubt: "secret", but: "general"},
			{now: list(general2, secret2), definition: d2},
		},
		"it is replaced again before all are back": {
			{now: list(general, secret), definition: d1},
			{now: list(general2), definition: d2, doubt: "secret", but: "general"},
			{now: list(), definition: d3, doubt: "with the former one: general, secret;"},
		},
		"all are back at once": {
			{now: list(general, secret), definition: d1}, {now: list(secret2, general2), definition: d2},
		},
		"an agent starts without the right to read it": {
			{now: list(), err: apierrors.NewForbidden(kube.CustomResourceDefinitions().GroupResource(), "", nil), doubt: "can't be read: ", but: "gone"},
			{now: list(), definition: d1},
		},
		"an agent starts while there is none": {
			{now: list(), err: gone, doubt: "does not exist", but: "deleted"}, {now: list(), definition: d1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := retained{ask: make(chan struct{}, 1), back: make(chan struct{}, 1)}
			for i, s := range steps {
				r.take(s.now)
				if s.definition != nil || s.err != nil {
					if len(r.ask) == 0 {
						t.Fatalf("step %d: nothing is asked", i)
					}
					<-r.ask
					r.answer(s.now, s.definition, s.err)
				}
				profiles, doubt, ok := r.take(s.now)
				if !ok || (s.doubt == "") != (doubt == "") || !strings.Contains(doubt, s.doubt) || s.but != "" && strings.Contains(doubt, s.but) {
					t.Fatalf("step %d: doubt %q, %t", i, doubt, ok)
				}
				if doubt == "" && len(profiles) != len(s.now) {
					t.Errorf("step %d: %d profiles count", i, len(profiles))
				}
			}
		})
	}
}

// The look does not wait for the end of a long back-off, and what comes back wakes it once.
func TestProfilesThatAreBackAreLookedAtOnce(t *testing.T) {
	r := retained{ask: make(chan struct{}, 1), back: make(chan struct{}, 1)}
	general, secret := profileOf(t, "general", early), profileOf(t, "secret", early)
	all := []*unstructured.Unstructured{general, secret}
	r.take(all)
	r.answer(all, definitionOf(t, "d1", early, false), nil)
	r.take(nil)
	r.answer(nil, definitionOf(t, "d2", late, false), nil)
	again := []*unstructured.Unstructured{profileOf(t, "general", last), profileOf(t, "secret", last)}
	for _, test := range []struct {
		now  []*unstructured.Unstructured
		want int
	}{{nil, 0}, {again[:1], 0}, {again, 1}, {again, 0}, {again[1:], 0}, {again, 1}} {
		r.take(test.now)
		if len(r.back) != test.want {
			t.Errorf("%d profiles: %d values, want %d", len(test.now), len(r.back), test.want)
		}
		for len(r.back) > 0 {
			<-r.back
		}
	}
}

func TestAMessageNamesAFewProfiles(t *testing.T) {
	var lost []*unstructured.Unstructured
	for i := range 8 {
		lost = append(lost, profileOf(t, fmt.Sprintf("p%d", i), early))
	}
	if got := doubtAbout(lost); !strings.Contains(got, "p4, and 3 more;") {
		t.Error(got)
	}
}

// Kind of fault: what differs each time in a report. It is written again then.
func TestAnUnreadDefinitionIsReportedWithoutPorts(t *testing.T) {
	of := func(port int) map[string]error {
		local := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: port}
		request := func(err error) error { return &url.Error{Op: "Get", URL: "https://192.0.2.2:6443/", Err: err} }
		return map[string]error{
			"no answer of the API server: connection reset by peer": request(&net.OpError{Op: "read", Net: "tcp", Source: local, Addr: local, Err: os.NewSyscallError("read", syscall.ECONNRESET)}),
			"no answer of the API server in time":                   request(&net.DNSError{Err: fmt.Sprintf("read udp %s: i/o timeout", local), IsTimeout: true}),
			"no answer of the API server":                           request(errors.New("http2: lost connection of " + local.String())),
			"the API server answers InternalError":                  apierrors.NewInternalError(fmt.Errorf("read tcp %s: reset", local)),
		}
	}
	first, second := of(40001), of(40002)
	for want := range first {
		for _, known := range []bool{false, true} {
			a, b := doubtOf(nil, first[want], known), doubtOf(nil, second[want], known)
			if !strings.HasSuffix(a, ": "+want) || a != b {
				t.Errorf("%q and %q, want %q", a, b, want)
			}
		}
	}
}

// Kind of fault: what is known of one definition is taken for what is known of the next. The watch may still have the former profiles
// when the new definition is read.
func TestTheWatchHasProfilesOfTheFormerDefinition(t *testing.T) {
	secret := profileOf(t, "secret", early)
	d1, d2 := definitionOf(t, "d1", early, false), definitionOf(t, "d2", late, false)
	r := &retained{ask: make(chan struct{}, 1), back: make(chan struct{}, 1)}
	r.take([]*unstructured.Unstructured{secret})
	for _, d := range []*unstructured.Unstructured{d1, d2} {
		if _, known := r.answer([]*unstructured.Unstructured{secret}, d, nil); !known {
			t.Fatal("it is unknown which profiles there are")
		}
	}
	r.take(nil)
	if _, known := r.answer(nil, d2, nil); known || !strings.Contains(r.doubted(), "with the former one: secret;") {
		t.Errorf("the former profile counts as deleted by a user: %q", r.doubted())
	}
}
