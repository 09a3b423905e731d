package hostile

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// attack is one row of the table.
type attack struct {
	name string
	// run makes the attack, and returns how many bytes it sent and what ends it, which may be nil. The policies
	// must refuse what they refuse meanwhile.
	run func(t *testing.T) (sent int64, end func())
}

// withstand runs attacks, and checks what becomes of the webhook.
func withstand(t *testing.T, attacks []attack) {
	prepare(t)
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			if err := restart(shared.sluice.PID); err != nil {
				t.Fatal(err)
			}
			sent, end := a.run(t)
			checkGuard(t, "during the attack")
			if end != nil {
				end()
			}
			checkGuard(t, "after the attack")
			checkStored(t)
			checkProcess(t, a.name, sent)
		})
	}
}

// checkProcess checks that the process runs within its limit, and adds a row to the table.
func checkProcess(t *testing.T, name string, sent int64) {
	t.Helper()
	if err := syscall.Kill(shared.sluice.PID, 0); err != nil {
		t.Fatalf("the webhook has ended: %v\n%.3000s", err, shared.log)
	}
	kills, err := shared.cgroup.kills()
	if err != nil {
		t.Fatal(err)
	}
	peak, err := resident(shared.sluice.PID)
	if err != nil {
		t.Fatal(err)
	}
	if kills > 0 || peak >= shared.limit {
		t.Errorf("%d kills; the peak of %d MiB is not below the limit of %d MiB", kills, peak>>20, shared.limit>>20)
	}
	shared.rows = append(shared.rows, fmt.Sprintf("| %s | %s | %d MiB |", name, size(sent), peak>>20))
}

// size writes a number of bytes for people.
func size(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}

// together runs a function several times at once.
func together(n int, f func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { f(i) })
	}
	group.Wait()
}

// endless reads a text again and again.
type endless struct {
	text string
	next int
}

func (e *endless) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		copied := copy(p[n:], e.text[e.next:])
		e.next = (e.next + copied) % len(e.text)
		n += copied
	}
	return len(p), nil
}

// filled is a text in which a mark is replaced by about n bytes of a repeated text.
func filled(text, fill string, n int) (io.Reader, int64) {
	before, after, _ := strings.Cut(text, "MARK")
	n -= n % len(fill)
	return io.MultiReader(strings.NewReader(before), io.LimitReader(&endless{text: fill}, int64(n)), strings.NewReader(after)), int64(len(before) + n + len(after))
}

// filledText is the same as a string.
func filledText(text, fill string, n int) string {
	return strings.Replace(text, "MARK", strings.Repeat(fill, n/len(fill)), 1)
}

// review is a forged review of a change of the Network: whoever can reach the port can send it.
func review(user, object, old string) string {
	return `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"0f8fad5b-d9cb-469f-a165-70867728950e","operation":"UPDATE",
		"kind":{"group":"operator.openshift.io","version":"v1","kind":"Network"},
		"resource":{"group":"operator.openshift.io","version":"v1","resource":"networks"},
		"userInfo":` + user + `,
		"object":` + object + `,"oldObject":` + old + `}}`
}

const (
	forgedUser = `{"username":"mary","groups":["team-a"]}`
	forgedOld  = `{"metadata":{"name":"cluster"},"spec":{"exportNetworkFlows":` + stored + `}}`
)

// withFlows is an object with these lists.
func withFlows(flows string) string {
	return `{"metadata":{"name":"cluster"},"spec":{"exportNetworkFlows":` + flows + `}}`
}

// configReview is a forged review of the deletion of the ConfigMap.
func configReview(data string) string {
	return strings.NewReplacer(
		`"operation":"UPDATE"`, `"operation":"DELETE","namespace":"openshift-network-operator"`,
		`"group":"operator.openshift.io","version":"v1","kind":"Network"`, `"group":"","version":"v1","kind":"ConfigMap"`,
		`"group":"operator.openshift.io","version":"v1","resource":"networks"`, `"group":"","version":"v1","resource":"configmaps"`,
	).Replace(review(forgedUser, "null", `{"metadata":{"name":"ovs-flows-config","namespace":"openshift-network-operator"},"data":`+data+`}`))
}

// post sends a forged review, and returns the answer.
func post(t *testing.T, body io.Reader, length int64) (status int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, shared.sluice.URL+"/validate", body)
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = length
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{TLSClientConfig: clientTLS(), DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(answer)
}
