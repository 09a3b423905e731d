package hostile

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
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
// server itself takes seconds for more than four of them at once.
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
		{"nested lists, in a dry run", through(1, patch(mary, network+dryRun, lists))},
		{"nested lists, 4 dry runs at once", through(4, patch(mary, network+dryRun, lists))},
		{"a list of 170,000 entries, 4 at once", through(4, patch(mary, network+dryRun, entries))},
		{"a collector of 2.8 MB of <, 4 at once", through(4, patch(mary, network+dryRun, long))},
		{"removal with 2.8 MB of < beside it", through(1, patch(mary, network, overrides(`{"a":"MARK"}`, "<")))},
		{"removal with 2.8 MB of < beside it, 4 at once", through(4, patch(mary, network, overrides(`{"a":"MARK"}`, "<")))},
		{"removal with 2.8 MB of lists beside it, 4 at once", through(4, patch(mary, network, overrides(`{"a":[0MARK]}`, ",[0]")))},
		{"removal with a deep object beside it", through(1, patch(mary, network, `{"spec":{"exportNetworkFlows":null,"unsupportedConfigOverrides":`+deep+`}}`))},
		{"ConfigMap: a target of 900 kB", through(1, patch(mary, flowsConfig, filledText(`{"data":{"sharedTarget":"10.20.0.1:4739MARK"}}`, ",10.20.0.1:4739", 900_000)))},
		{"ConfigMap: 1,001 collectors", through(1, patch(mary, flowsConfig, filledText(`{"data":{"sharedTarget":"10.20.0.1:4739MARK"}}`, ",10.20.0.1:4739", 15_000)))},
		{"ConfigMap: 40,000 keys, 4 at once", through(4, patch(mary, flowsConfig, `{"data":{`+strings.Join(keys, ",")+`}}`))},
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

// Policies are written by people who are trusted more, but there may be many of them.
func TestHundredsOfPolicies(t *testing.T) {
	prepare(t)
	var manifest strings.Builder
	for i := range 300 {
		fmt.Fprintf(&manifest, "---\napiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicy\nmetadata: {name: p%03d-%s}\nspec:\n  subjects: [{kind: Group, name: team-b}]\n  allow: [{destinations: [10.30.0.0/16], ports: [\"1\"]}]\n  deny: [{}]\n", i, strings.Repeat("a", 200))
	}
	apply(t, manifest.String())
	t.Cleanup(func() {
		if _, err := shared.Must(context.WithoutCancel(t.Context()), cluster.Command{User: cluster.Admin, Args: []string{"delete", "flowexportpolicies", "--all"}}); err != nil {
			t.Log(err)
		}
	})
	var formats []string
	for _, f := range []string{"netFlow", "sFlow", "ipfix"} {
		var list []string
		for i := range 10 {
			list = append(list, fmt.Sprintf(`"192.0.2.%d:2055"`, i+1))
		}
		formats = append(formats, `"`+f+`":{"collectors":[`+strings.Join(list, ",")+`]}`)
	}
	body := review(`{"username":"john","groups":["team-b"]}`, withFlows("{"+strings.Join(formats, ",")+"}"), forgedOld)
	for _, a := range []attack{{"300 policies that deny 30 collectors, 640 forged reviews, 64 at once", func(t *testing.T) (int64, func()) {
		together(64, func(int) {
			for range 10 {
				if status, text := post(t, strings.NewReader(body), int64(len(body))); status == http.StatusOK && (strings.Contains(text, `"allowed":true`) || len(text) > 64<<10) {
					t.Errorf("HTTP %d with %d bytes: %.300s", status, len(text), text)
				}
			}
		})
		checkEvents(t)
		return int64(640 * len(body)), nil
	}}} {
		t.Run(a.name, func(t *testing.T) {
			if err := restart(shared.sluice.PID); err != nil {
				t.Fatal(err)
			}
			sent, _ := a.run(t)
			checkGuard(t, "after the attack")
			checkStored(t)
			checkProcess(t, a.name, sent)
		})
	}
}
