package doctor

import (
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic/fake"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// serving is the Lease of a replica with what it says of its certificate.
func serving(name, expires string, ago time.Duration) runtime.Object {
	l := leaseOf(name, ago).(*coordinationv1.Lease)
	l.Annotations[v1alpha1.CertificateAnnotation] = expires
	return l
}

func TestUntilWhenTheServedCertificatesAreValid(t *testing.T) {
	in := func(d time.Duration) string { return monday.Add(d).Format(time.RFC3339) }
	for name, c := range map[string]struct {
		objects []runtime.Object
		want    State
		says    string
	}{
		"no replica":               {nil, Unknown, "no replica has reported its certificate"},
		"all are valid":            {[]runtime.Object{serving("a", in(5*24*time.Hour), 0), serving("b", in(100*time.Hour), 0)}, OK, "valid for 4 days more"},
		"one is not renewed":       {[]runtime.Object{serving("a", in(5*24*time.Hour), 0), serving("b", in(47*time.Hour), 0)}, Warn, "that of b expires in 47 hours"},
		"one expires soon":         {[]runtime.Object{serving("a", in(90*time.Minute), 0), serving("b", in(47*time.Hour), 0)}, Bad, "that of a expires in 90 minutes; that of b expires in 47 hours"},
		"one has expired":          {[]runtime.Object{serving("a", in(-3*time.Hour), 0)}, Bad, "that of a expired 3 hours ago"},
		"one has none":             {[]runtime.Object{serving("a", in(5*24*time.Hour), 0), serving("b", "", 0)}, Bad, "b has none"},
		"a replica that ended":     {[]runtime.Object{serving("a", in(5*24*time.Hour), 0), serving("b", in(-time.Hour), time.Hour)}, OK, "valid for 5 days more"},
		"only one that ended":      {[]runtime.Object{serving("b", in(5*24*time.Hour), time.Hour)}, Unknown, "no replica has reported"},
		"an earlier version":       {[]runtime.Object{serving("a", in(5*24*time.Hour), 0), leaseOf("b", 0)}, Unknown, "not reported by b"},
		"a time that is no time":   {[]runtime.Object{serving("a", "soon", 0)}, Unknown, "not reported by a"},
		"an earlier one, and none": {[]runtime.Object{serving("a", "", 0), leaseOf("b", 0)}, Bad, "a has none"},
	} {
		t.Run(name, func(t *testing.T) {
			scheme := runtime.NewScheme()
			if err := coordinationv1.AddToScheme(scheme); err != nil {
				t.Fatal(err)
			}
			got := Cluster{Reader: kube.Reader{Client: fake.NewSimpleDynamicClient(scheme, c.objects...)}, Now: func() time.Time { return monday }}.certificates(t.Context())
			if got.State != c.want || !strings.Contains(got.Why+got.Detail, c.says) || got.Do == "" && (c.want == Bad || c.want == Warn) {
				t.Errorf("%+v", got)
			}
		})
	}
}
