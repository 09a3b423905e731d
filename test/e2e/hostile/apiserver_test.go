package hostile

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// through makes requests as users of the API server; several at once if that is told. None may be accepted.
func through(at int, requests ...request) func(t *testing.T) (int64, func()) {
	return func(t *testing.T) (sent int64, _ func()) {
		for _, r := range requests {
			together(at, func(int) {
				if a := r.send(t); a.code < 400 || strings.Contains(a.text, "failed calling webhook") {
					t.Errorf("%s %s was accepted or not judged: HTTP %d %.300s", r.method, r.path, a.code, a.text)
				}
			})
			sent += int64(at * len(r.body))
		}
		return sent, nil
	}
}

const dryRun = "?dryRun=All"

// A user who may edit the lists sends what the API server takes: up to 3 MiB, which become up to 18 MiB. The API
// server itself takes seconds for more than a few of them at once.
func TestThroughTheAPIServer(t *testing.T) {
	const taken = 2_800_000
	overrides := func(value, fill string) string {
		return filledText(`{"spec":{"exportNetworkFlows":null,"unsupportedConfigOverrides":`+value+`}}`, fill, taken)
	}
	lists := filledText(`{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":[[[0]]MARK]}}}}`, `,[`+strings.Repeat("[0],", 999)+`[0]]`, taken)
	entries := filledText(`{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["x"MARK]}}}}`, `,"10.20.0.1:2055"`, taken)
	long := filledText(`{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["MARK"]}}}}`, `<`, taken)
	keys := make([]string, 40_000)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"k%d":"v"`, i)
	}
	deep := strings.Repeat(`{"a":`, 9990) + "1" + strings.Repeat("}", 9990)
	withstand(t, []attack{
		{"nested lists, 2 dry runs at once", through(2, patch(mary, network+dryRun, lists))},
		{"a list of 170,000 entries, 2 at once", through(2, patch(mary, network+dryRun, entries))},
		{"a collector of 2.8 MB of <, 2 at once", through(2, patch(mary, network+dryRun, long))},
		{"removal with 2.8 MB of < next to it, 2 at once", through(2, patch(mary, network, overrides(`{"a":"MARK"}`, "<")))},
		{"removal with 2.8 MB of lists next to it, 2 at once", through(2, patch(mary, network, overrides(`{"a":[0MARK]}`, ",[0]")))},
		{"removal with a deep object next to it", through(1, patch(mary, network, `{"spec":{"exportNetworkFlows":null,"unsupportedConfigOverrides":`+deep+`}}`))},
		{"ConfigMap: a target of 900 kB", through(1, patch(mary, flowsConfig, filledText(`{"data":{"sharedTarget":"10.20.0.1:4739MARK"}}`, ",10.20.0.1:4739", 900_000)))},
		{"ConfigMap: 1,001 collectors", through(1, patch(mary, flowsConfig, filledText(`{"data":{"sharedTarget":"10.20.0.1:4739MARK"}}`, ",10.20.0.1:4739", 15_000)))},
		{"ConfigMap: 40,000 keys, 2 at once", through(2, patch(mary, flowsConfig, `{"data":{`+strings.Join(keys, ",")+`}}`))},
		{"a Network with a name of 2.8 MB", through(1, request{
			mary, http.MethodPost, strings.TrimSuffix(network, "/cluster") + dryRun,
			filledText(`{"apiVersion":"operator.openshift.io/v1","kind":"Network","metadata":{"name":"MARK"},"spec":{"exportNetworkFlows":`+stored+`}}`, "a", taken),
		})},
	})
}

// Text that takes one byte in etcd takes six in a review: first the stored object is made large, by changes that
// are not judged or harmless, and then it is deleted.
func TestALargeStoredConfigMapIsStillGuarded(t *testing.T) {
	withstand(t, []attack{{"ConfigMap: deletion with 900 kB of < in it", func(t *testing.T) (sent int64, _ func()) {
		for _, body := range []string{
			filledText(`{"data":{"junk":"MARK"}}`, "<", 650_000),
			filledText(`{"metadata":{"annotations":{"x":"MARK"}}}`, "<", 250_000),
		} {
			if a := patch(mary, flowsConfig, body).send(t); a.code != http.StatusOK {
				t.Errorf("HTTP %d %.300s", a.code, a.text)
			}
			sent += int64(len(body))
		}
		together(4, func(int) {
			if a := (request{mary, http.MethodDelete, flowsConfig, ""}).send(t); a.code != http.StatusForbidden || !strings.Contains(a.text, "team-a/removal") {
				t.Errorf("HTTP %d %.600s", a.code, a.text)
			}
		})
		return sent, nil
	}}})
}
