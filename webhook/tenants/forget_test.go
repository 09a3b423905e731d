package tenants

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// A tenant can create and delete FlowExports all day. What is kept of each must go with it.
func TestNothingIsKeptOfWhatIsGone(t *testing.T) {
	r := &Reporter{
		counted: map[types.UID]time.Time{"stored": monday, "gone": monday},
		invalid: map[types.UID]int64{"stored": 1, "gone": 1},
	}
	stored := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"uid": "stored"}}}
	r.forget([]*unstructured.Unstructured{stored})
	if len(r.counted) != 1 || len(r.invalid) != 1 || r.counted["stored"] != monday || r.invalid["stored"] != 1 {
		t.Errorf("kept %v and %v", r.counted, r.invalid)
	}
}
