package callers

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// forged is an AdmissionReview as an API server would send it after a user added a collector. The
// tests send it themselves.
func forged(name string) string {
	return fmt.Sprintf(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1","operation":"UPDATE","name":%[1]q,
		"kind":{"group":"operator.openshift.io","version":"v1","kind":"Network"},
		"resource":{"group":"operator.openshift.io","version":"v1","resource":"networks"},
		"userInfo":{"username":"ceo@example.com","groups":["network-team"]},
		"object":{"metadata":{"name":%[1]q},"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["198.51.100.66:2055"]}}}},
		"oldObject":{"metadata":{"name":%[1]q},"spec":{}}}}`, name)
}

// client is one without credentials, which accepts every certificate.
var client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}

// call sends a body to a replica, and returns what it answers. A replica may close the connection
// before it has read a large body; that is no answer, and the status is 404 too.
func (i *installation) call(t *testing.T, path, body string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+i.replica.Serving()+path+"?timeout=5s", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return http.StatusNotFound, ""
	}
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// metrics are those of the reviews and the policies, without the count of unknown callers.
func (i *installation) metrics(t *testing.T) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, i.replica.Metrics(), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		if regexp.MustCompile(`^sluice_(admission|policy_decisions)`).MatchString(line) && !strings.HasPrefix(line, "sluice_admission_unknown_path_requests_total ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// events are those on the policy.
func events(t *testing.T) []corev1.Event {
	t.Helper()
	uid := kubectl(t, "", "get", "fep", "closed", "-o", "jsonpath={.metadata.uid}")
	text := kubectl(t, "", "get", "events", "-n", "default", "-o", "json", "--field-selector=involvedObject.kind=FlowExportPolicy,involvedObject.uid="+uid)
	var list corev1.EventList
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// called is the path that the API server calls.
func called(t *testing.T) string {
	t.Helper()
	return kubectl(t, "", "get", "mutatingwebhookconfiguration", "sluice", "-o", "jsonpath={.webhooks[0].clientConfig.service.path}")
}

// TestAForgedReviewLeavesNothing sends what an attacker in a pod can send, and looks at everything that
// the webhook shows.
func TestAForgedReviewLeavesNothing(t *testing.T) {
	i := install(t)
	enforced(t)
	before, logged := i.metrics(t), len(i.log.String())
	token := called(t)
	if !regexp.MustCompile(`^/mutate/[a-z2-7]{52}$`).MatchString(token) {
		t.Fatalf("the API server calls %q", token)
	}
	guess := token[:len(token)-1] + "a"
	if guess == token {
		guess = token[:len(token)-1] + "b"
	}
	var body strings.Builder // 1 MB of a name would be an Event, and a line of the log, of that size
	body.WriteString(forged(strings.Repeat("A", 1_000_000)))
	for _, path := range []string{"/mutate", "/validate", "/", "/mutate/", guess, strings.ToUpper(token), token + "/"} {
		for _, text := range []string{forged("cluster"), body.String(), "{"} {
			if status, answer := i.call(t, path, text); status != http.StatusNotFound || answer != "" {
				t.Errorf("%s: %d %.300s", path, status, answer)
			}
		}
	}
	// The burst of Events on a policy is 10.
	for range 30 {
		i.call(t, "/mutate", forged("cluster"))
	}
	if after := i.metrics(t); after != before {
		t.Errorf("the metrics change from\n%sto\n%s", before, after)
	}
	denied(t)
	eventually(t, func() string {
		if len(events(t)) == 0 {
			return "the forged reviews suppress the Event of a real one"
		}
		return ""
	})
	for _, e := range events(t) {
		if !strings.Contains(e.Message, `"netadmin"`) || strings.Contains(e.Message, "ceo@example.com") || len(e.Message) > 2000 {
			t.Errorf("an Event says %.300s", e.Message)
		}
	}
	lines := 0
	for line := range strings.Lines(i.log.String()[logged:]) {
		if strings.Contains(line, "unknown paths") {
			lines++
		}
		if strings.Contains(line, "ceo@") || len(line) > 2000 {
			t.Errorf("the log has %.300s", line)
		}
	}
	if lines != 1 {
		t.Errorf("the log has %d lines about unknown callers", lines)
	}
}

// TestWhoKnowsThePathIsAnswered: the test above would see an answer.
func TestWhoKnowsThePathIsAnswered(t *testing.T) {
	i := install(t)
	enforced(t)
	before := i.metrics(t)
	if status, answer := i.call(t, called(t), forged("cluster")); status != http.StatusOK || !strings.Contains(answer, "closed/deny[0]") {
		t.Errorf("%d %s", status, answer)
	}
	if i.metrics(t) == before {
		t.Error("the metrics don't change")
	}
	eventually(t, func() string {
		for _, e := range events(t) {
			if strings.Contains(e.Message, "ceo@example.com") {
				return ""
			}
		}
		return "there is no Event"
	})
}

// TestTheAPIServerShowsThePathInItsErrors is why a token is replaced every day: the message of a
// failed call has the URL.
func TestTheAPIServerShowsThePathInItsErrors(t *testing.T) {
	i := install(t)
	path := called(t)
	i.replica.Kill()
	eventually(t, func() string {
		r, err := shared.Kubectl(context.Background(), "netadmin", "patch", "network.operator", "cluster", "--type=merge", "--dry-run=server", "-p", `{"spec":{"exportNetworkFlows":{"netFlow":{"collectors":["192.0.2.7:2055"]}}}}`)
		if err != nil || !strings.Contains(r.All(), path) {
			return fmt.Sprintf("the message has no path: %v %s", err, r.All())
		}
		return ""
	})
}
