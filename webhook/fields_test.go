package webhook

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sluice/validation"
)

// The decoder names the fields of an object by hand, to read a review in one pass. They must
// be those that a verdict depends on.
func TestTheDecoderReadsEveryFieldThatMatters(t *testing.T) {
	for _, r := range []validation.Resource{validation.Network, validation.FlowsConfig, validation.Profile, validation.FlowCollector} {
		for _, f := range validation.Fields(r) {
			path := strings.Join(f.Path, ".")
			value := fmt.Sprintf("%q", path)
			for _, key := range slices.Backward(f.Path) {
				value = fmt.Sprintf("{%q:%s}", key, value)
			}
			kind := map[validation.Resource]string{validation.Profile: "FlowExportProfile"}[r]
			review := `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","kind":{"kind":"` + kind + `"},"object":` + value + `}}`
			b := newBody(newMemory())
			b.selector.start(strings.NewReader(review), b)
			if err := b.selector.run(); err != nil {
				t.Fatal(err)
			}
			request, err := decode(b)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if got := f.Of(request.Object).Text; got != path {
				t.Errorf("%s: the decoder read %q", path, got)
			}
		}
	}
}
