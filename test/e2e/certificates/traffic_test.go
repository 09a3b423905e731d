package certificates

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"sluice/test/harness/cluster"
)

// rate is how many changes of the lists arrive in a second.
const rate = 50

// traffic sends changes of the lists through the API server, every second one malformed.
type traffic struct {
	client dynamic.Interface
	stop   context.CancelFunc
	sent   sync.WaitGroup

	mu    sync.Mutex
	count tally
	// first holds the first few errors of changes that should have passed.
	first []string
}

// tally counts what became of the changes.
type tally struct {
	accepted, refused int
	// admitted are malformed ones that passed, failed those that Sluice was not asked about,
	// unavailable those that the API server itself did not take.
	// starting those that it denied because it had not found the parameters of an admission policy
	// yet, which it looks for every 30 seconds.
	admitted, failed, unavailable, starting int
}

// workers each have an object of their own, so that they don't meet in it.
const workers = 10

func startTraffic(t *testing.T, c *cluster.ControlPlane) *traffic {
	t.Helper()
	config := c.As(cluster.NetAdmin)
	config.WarningHandler = rest.NoWarnings{} // of names that the operator does not read
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &traffic{client: client, stop: stop}
	for w := range workers {
		name := fmt.Sprintf("traffic-%d", w)
		kubectl(t, fmt.Sprintf("{apiVersion: operator.openshift.io/v1, kind: Network, metadata: {name: %s}, spec: {}}", name), "apply", "-f", "-")
		r.sent.Go(func() {
			ticker := time.NewTicker(workers * time.Second / rate)
			defer ticker.Stop()
			for i := 0; ; i++ {
				select {
				case <-ctx.Done():
					return
				case <-ticker.C:
					r.send(name, i)
				}
			}
		})
	}
	return r
}

// send makes one change: another port each time, because a change that changes nothing asks
// nobody.
func (r *traffic) send(name string, i int) {
	host := "192.0.2.1"
	if i%2 == 1 {
		host = "192.0.2.01"
	}
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"exportNetworkFlows": map[string]any{"netFlow": map[string]any{
		"collectors": []string{fmt.Sprintf("%s:%d", host, 1024+i%60000)},
	}}}})
	if err != nil {
		panic(err) // strings and numbers
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	networks := schema.GroupVersionResource{Group: "operator.openshift.io", Version: "v1", Resource: "networks"}
	_, err = r.client.Resource(networks).Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
	r.mu.Lock()
	defer r.mu.Unlock()
	malformed := i%2 == 1
	switch {
	case err == nil && malformed:
		r.count.admitted++
	case err == nil:
		r.count.accepted++
	case malformed && strings.Contains(err.Error(), "sluice/leading-zero"):
		r.count.refused++
	case unavailable(err):
		r.count.unavailable++
	case strings.Contains(err.Error(), "paramKind"):
		r.count.starting++
	default:
		r.count.failed++
		if len(r.first) < 3 {
			r.first = append(r.first, err.Error())
		}
	}
}

// unavailable reports whether the API server itself did not answer, or does not know yet
// after its start what users may do.
func unavailable(err error) bool {
	text := err.Error()
	if strings.Contains(text, "webhook") {
		return false
	}
	for _, part := range []string{"connection refused", "connection reset", "EOF", "server is shutting down", "server has asked for the client", "cannot patch resource"} {
		if strings.Contains(text, part) {
			return true
		}
	}
	return apierrors.IsServiceUnavailable(err) || apierrors.IsTooManyRequests(err)
}

// soFar is what became of the changes until now.
func (r *traffic) soFar() tally {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// passes waits until so many more changes were accepted.
func (r *traffic) passes(t *testing.T, more int) {
	t.Helper()
	wanted := r.soFar().accepted + more
	eventually(t, func() string {
		if got := r.soFar().accepted; got < wanted {
			return fmt.Sprintf("%d changes were accepted, and %d should be", got, wanted)
		}
		return ""
	})
}

// end stops the traffic and says what became of it.
func (r *traffic) end(t *testing.T) tally {
	t.Helper()
	r.stop()
	r.sent.Wait()
	t.Logf("%+v", r.count)
	for _, text := range r.first {
		t.Logf("an error: %s", text)
	}
	return r.count
}

// nothingHappened expects that every change was judged.
func nothingHappened(t *testing.T, c tally) {
	t.Helper()
	if c.failed != 0 || c.admitted != 0 || c.unavailable != 0 || c.starting != 0 {
		t.Errorf("%d failed, %d wrongly admitted, %d not taken by the API server", c.failed, c.admitted, c.unavailable+c.starting)
	}
	if c.accepted == 0 || c.refused == 0 {
		t.Errorf("nothing was tried: %+v", c)
	}
}
