package enforcement

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/record"

	"sluice/validation"
)

// denialEvent returns the Event of what one policy denies of a change.
func denialEvent(t *testing.T, user validation.User, spec string, change validation.Change) string {
	t.Helper()
	recorder := record.NewFakeRecorder(2)
	w := &Watch{}
	w.snapshot.Store(newCompiler(nil).compile([]*unstructured.Unstructured{stored(t, "team-a", "1", 1, spec)}))
	denials := w.Snapshot().Policies.Evaluate(user, change).Denied
	(&Events{watch: w, recorder: recorder, rates: newEventRates()}).Denied(user.Name, "networks/cluster", denials, 0)
	select {
	case event := <-recorder.Events:
		return event
	default:
		return ""
	}
}

func collector(f validation.Format, address string) validation.Collector {
	return validation.Collector{Format: f, Addr: netip.MustParseAddrPort(address)}
}

func TestEventSaysWhatIsDenied(t *testing.T) {
	inside, outside, other := collector(validation.NetFlow, inRange), collector(validation.NetFlow, outRange), collector(validation.IPFIX, "192.168.1.99:4739")
	for name, c := range map[string]struct {
		spec   string
		change validation.Change
		want   string
	}{
		"additions and removals": {
			`{allow: [{destinations: [10.20.0.0/16]}], removal: OnlyAllowed}`,
			validation.Change{Added: []validation.Collector{outside}, Removed: []validation.Collector{other}, Result: []validation.Collector{outside}},
			`Warning Denied Denied "mary" changing networks/cluster: may not add NetFlow 10.30.0.1:2055 (no allow rule matches); may not remove IPFIX 192.168.1.99:4739 (no allow rule matches)`,
		},
		"a deny rule": {
			`{deny: [{destinations: [10.20.0.0/16]}]}`,
			validation.Change{Added: []validation.Collector{inside}, Result: []validation.Collector{inside}},
			`Warning Denied Denied "mary" changing networks/cluster: may not add NetFlow 10.20.0.1:2055 (deny[0])`,
		},
		"a required collector is removed": {
			`{required: [{format: IPFIX, collector: "192.168.1.99:4739"}]}`,
			validation.Change{Removed: []validation.Collector{other}},
			`Warning Denied Denied "mary" changing networks/cluster: may not remove IPFIX 192.168.1.99:4739 (required[0])`,
		},
		"a required collector is left out": {
			`{required: [{format: IPFIX, collector: "192.168.1.99:4739"}]}`,
			validation.Change{Create: true, Added: []validation.Collector{inside}, Result: []validation.Collector{inside}},
			`Warning Denied Denied "mary" changing networks/cluster: must include IPFIX 192.168.1.99:4739 (required[0])`,
		},
		"too many": {
			`{maxCollectors: 1}`,
			validation.Change{Added: []validation.Collector{inside, outside}, Result: []validation.Collector{inside, outside}},
			`Warning Denied Denied "mary" changing networks/cluster: may not have this many NetFlow collectors (maxCollectors)`,
		},
		"a policy that can't be read": {
			badSpecs["a wrong type"],
			validation.Change{Added: []validation.Collector{inside}, Result: []validation.Collector{inside}},
			`Warning Denied Denied "mary" changing networks/cluster: may not add NetFlow 10.20.0.1:2055 (the policy is invalid)`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := denialEvent(t, mary, c.spec, c.change); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// The API group events.k8s.io bounds a note to 1,024 bytes, and client-go puts a prefix before
// the text of similar Events.
func TestEventIsBoundedAndCountsWhatIsLeftOut(t *testing.T) {
	var change validation.Change
	const n = 200
	for i := range n {
		change.Added = append(change.Added, collector(validation.SFlow, fmt.Sprintf("[2001:db8:aaaa:bbbb:cccc:dddd:eeee:%x]:65535", i+1)))
	}
	change.Result = change.Added
	user := validation.User{Name: strings.Repeat("\x1bé", 2000)}
	const spec = `{allow: [{destinations: [10.20.0.0/16]}]}`
	event := strings.TrimPrefix(denialEvent(t, user, spec, change), "Warning Denied ")
	denials := newCompiler(nil).compile([]*unstructured.Unstructured{stored(t, "team-a", "1", 1, spec)}).Policies.Evaluate(user, change).Denied
	ofLongName := eventMessage(user.Name, "networks/"+strings.Repeat("é", 2000), denials, true)
	for _, message := range []string{event, ofLongName} {
		if total := len("(combined from similar events): " + message); total > 1024 {
			t.Errorf("%d bytes: %s", total, message)
		}
	}
	listed := strings.Count(event, "may not add sFlow")
	if want := fmt.Sprintf("; and %d more", n-listed); listed < 3 || !strings.HasSuffix(event, want) {
		t.Errorf("%d are listed; want the end %q: %s", listed, want, event)
	}
}

// However many policies deny something, few Events reach etcd; and the denials of one policy leave Events
// for another one.
func TestTheEventsOfAllPoliciesTogetherAreBounded(t *testing.T) {
	count := func(policies, requests int) (events int, last bool) {
		recorder := record.NewFakeRecorder(policies*requests + 1)
		w := &Watch{}
		var objects []*unstructured.Unstructured
		for i := range policies {
			objects = append(objects, stored(t, fmt.Sprintf("p%03d", i), fmt.Sprint(i), 1, `{deny: [{}]}`))
		}
		w.snapshot.Store(newCompiler(nil).compile(objects))
		e := &Events{watch: w, recorder: recorder, rates: newEventRates()}
		change := validation.Change{Added: []validation.Collector{collector(validation.NetFlow, inRange)}}
		denials := w.Snapshot().Policies.Evaluate(mary, change).Denied
		for range requests {
			e.Denied(mary.Name, "networks/cluster", denials[:max(1, policies-1)], 0)
		}
		events = len(recorder.Events)
		e.Denied(mary.Name, "networks/cluster", denials[policies-1:], 0)
		return events, len(recorder.Events) > events
	}
	if n, _ := count(300, 20); n > allEventsBurst+1 {
		t.Errorf("300 policies that deny 20 requests: %d Events", n)
	}
	if n, last := count(2, 100); n > eventBurst+1 || !last {
		t.Errorf("a policy that denies 100 requests: %d Events; another one has an Event: %t", n, last)
	}
}
