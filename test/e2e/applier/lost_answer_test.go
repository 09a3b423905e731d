package applier

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-logr/logr/testr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"sluice/api/v1alpha1"
	"sluice/applier/source"
)

// forgetful loses the answers to the first writes of a report's status.
type forgetful struct {
	next http.RoundTripper
	left *atomic.Int64
}

// RoundTrip implements [http.RoundTripper].
func (f forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := f.next.RoundTrip(r)
	if err == nil && r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/status") && f.left.Add(-1) >= 0 {
		_ = answer.Body.Close()
		return nil, errors.New("connection lost")
	}
	return answer, err
}

// Kind of fault: a report that was stored counted as not stored, because the answer was lost. The agent gave no more
// signs of life then.
func TestAReportIsStoredAlthoughTheAnswerIsLost(t *testing.T) {
	reset(t)
	const name = "node-lost"
	machine := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := shared.Client.Create(t.Context(), machine); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		reset(t)
		if err := shared.Client.Delete(context.WithoutCancel(t.Context()), machine); err != nil {
			t.Error(err)
		}
	})
	config, left := rest.CopyConfig(shared.Config), &atomic.Int64{}
	left.Store(1)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return forgetful{next, left} })
	access, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	agents, err := source.New(access, name, testr.New(t))
	if err != nil {
		t.Fatal(err)
	}
	var failed, stored atomic.Int64
	agents.OnPublish(func(err error) {
		if err != nil {
			failed.Add(1)
			stored.Store(0)
			return
		}
		stored.Add(1)
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- agents.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	eventually(t, func(context.Context) string {
		if inputs, ok := agents.Inputs(); !ok || inputs.NodeMissing {
			return "the Node is not read"
		}
		return ""
	})
	agents.Publish(v1alpha1.NodeFlowExportStatus{Bridge: "br-int", Conditions: []metav1.Condition{}})
	eventually(t, func(ctx context.Context) string {
		report, err := shared.Report(ctx, name)
		if err != nil || report == nil || report.Status.Bridge != "br-int" {
			return fmt.Sprintf("no report: %v", err)
		}
		if failed.Load() != 1 || stored.Load() == 0 {
			return fmt.Sprintf("%d writes failed, and %d were stored since", failed.Load(), stored.Load())
		}
		return ""
	})
}
