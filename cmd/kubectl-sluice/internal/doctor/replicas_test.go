package doctor

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func policyObject(name string, generation int64) runtime.Object {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "sluice.dev/v1alpha1", "kind": "FlowExportPolicy", "metadata": map[string]any{"name": name, "uid": name, "generation": generation},
	}}
}

// invalidPolicy is a policy of which the controller found one generation to be invalid.
func invalidPolicy(name string, generation, evaluated int64) runtime.Object {
	return evaluatedPolicy(name, generation, map[string]any{"type": "Ready", "status": "False", "reason": "Unreadable", "message": "spec.allow[0]: nonsense", "observedGeneration": evaluated})
}

func evaluatedPolicy(name string, generation int64, conditions ...any) runtime.Object {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "sluice.dev/v1alpha1", "kind": "FlowExportPolicy", "metadata": map[string]any{"name": name, "uid": name, "generation": generation},
		"status": map[string]any{"conditions": conditions},
	}}
}

// leaseOf is the Lease of a replica that was written some time ago.
func leaseOf(name string, ago time.Duration, keys ...string) runtime.Object {
	return &coordinationv1.Lease{
		TypeMeta: metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"},
		ObjectMeta: metav1.ObjectMeta{
			Name: "replica-" + name, Namespace: webhookNamespace, Labels: map[string]string{v1alpha1.ReplicaLabel: v1alpha1.ReplicaWebhook},
			Annotations: map[string]string{v1alpha1.InForceAnnotation: v1alpha1.InForceKeys(keys)},
		},
		Spec: coordinationv1.LeaseSpec{HolderIdentity: &name, LeaseDurationSeconds: new(int32(240)), RenewTime: new(metav1.NewMicroTime(monday.Add(-ago)))},
	}
}

func TestEveryReplicaNeedsAllPolicies(t *testing.T) {
	one, old, two := v1alpha1.InForceKey("one", 2), v1alpha1.InForceKey("one", 1), v1alpha1.InForceKey("two", 1)
	policies := []runtime.Object{policyObject("one", 2), policyObject("two", 1)}
	other := &coordinationv1.Lease{TypeMeta: metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"}, ObjectMeta: metav1.ObjectMeta{Name: "sluice-controller", Namespace: webhookNamespace}}
	for name, c := range map[string]struct {
		objects   []runtime.Object
		want      State
		why       string
		noneReady bool
	}{
		"no replica is ready":         {append([]runtime.Object{leaseOf("a", time.Second, one, two)}, policies...), Unknown, "no replica is ready", true},
		"an invalid policy":           {append([]runtime.Object{leaseOf("a", time.Second, one, two), invalidPolicy("three", 4, 4)}, policies...), OK, "", false},
		"only an invalid policy":      {[]runtime.Object{invalidPolicy("three", 4, 4)}, OK, "", false},
		"valid, not evaluated":        {append([]runtime.Object{leaseOf("a", time.Second, one, two), invalidPolicy("three", 5, 4)}, policies...), Bad, "a does not have three (generation 5) in force", false},
		"no policy":                   {nil, OK, "", false},
		"all":                         {append([]runtime.Object{leaseOf("a", time.Second, one, two), leaseOf("b", 20*time.Second, two, one), other}, policies...), OK, "", false},
		"no replica":                  {append([]runtime.Object{other}, policies...), Bad, "no replica has reported", false},
		"an old generation":           {append([]runtime.Object{leaseOf("a", 0, one, two), leaseOf("b", 0, old, two)}, policies...), Bad, "b does not have one (generation 2) in force", false},
		"a silent replica":            {append([]runtime.Object{leaseOf("a", 0, one, two), leaseOf("b", 2*time.Minute, one, two)}, policies...), Bad, "b has not been heard from for 2m; it stops counting after 4m", false},
		"a replica that ended":        {append([]runtime.Object{leaseOf("a", 0, one, two), leaseOf("b", time.Hour)}, policies...), OK, "", false},
		"only a replica that ended":   {append([]runtime.Object{leaseOf("b", time.Hour, one, two)}, policies...), Bad, "no replica has reported", false},
		"many policies are not there": {append(append([]runtime.Object{leaseOf("a", 0)}, policies...), policyObject("p3", 1), policyObject("p4", 1), policyObject("p5", 1), policyObject("p6", 1)), Bad, "p6 (generation 1) and 1 more", false},
	} {
		t.Run(name, func(t *testing.T) {
			scheme := runtime.NewScheme()
			if err := coordinationv1.AddToScheme(scheme); err != nil {
				t.Fatal(err)
			}
			client := fake.NewSimpleDynamicClientWithCustomListKinds(scheme, map[schema.GroupVersionResource]string{kube.Policies(): "FlowExportPolicyList"}, c.objects...)
			got := Cluster{Reader: kube.Reader{Client: client}, Now: func() time.Time { return monday }}.inForce(t.Context(), c.noneReady)
			if got.State != c.want || !strings.Contains(got.Why, c.why) || (got.Do == "") != (c.want != Bad) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestChangesWithoutAReviewAreCounted(t *testing.T) {
	const metrics = `# HELP apiserver_admission_webhook_fail_open_count [ALPHA] Admission webhook fail open count
apiserver_admission_webhook_fail_open_count{name="networks-removal.validate.sluice.dev",type="validating"} 2
apiserver_admission_webhook_fail_open_count{name="flows-config-removal.validate.sluice.dev",type="validating"} 1
apiserver_admission_webhook_fail_open_count{name="pods.example.com",type="validating"} 70
`
	for name, c := range map[string]struct {
		text  string
		err   error
		state State
		why   string
	}{
		"none":            {"up 1\n", nil, OK, ""},
		"some":            {metrics, nil, Warn, "3 removals passed"},
		"not readable":    {"", errors.New("forbidden"), Unknown, "forbidden"},
		"not a text file": {strings.Repeat("x", 2*longestLine), nil, Unknown, "token too long"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Cluster{Metrics: func(context.Context) (string, error) { return c.text, c.err }}.unreviewed(t.Context())
			if got.State != c.state || !strings.Contains(got.Why, c.why) || (c.why == "") != (got.Why == "") {
				t.Errorf("%+v", got)
			}
		})
	}
}
