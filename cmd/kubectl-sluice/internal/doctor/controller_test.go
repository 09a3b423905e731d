package doctor

import (
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"sluice/internal/kube"
)

func listKinds() map[schema.GroupVersionResource]string {
	return map[schema.GroupVersionResource]string{kube.Policies(): "FlowExportPolicyList"}
}

// with returns a cluster with objects at a fixed time.
func with(t *testing.T, objects ...runtime.Object) (Cluster, *fake.FakeDynamicClient) {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := coordinationv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	client := fake.NewSimpleDynamicClientWithCustomListKinds(scheme, listKinds(), objects...)
	return Cluster{Reader: kube.Reader{Client: client}, Now: func() time.Time { return monday }}, client
}

func TestTheControllerRenewsItsLease(t *testing.T) {
	lease := func(renewed *metav1.MicroTime) []runtime.Object {
		return []runtime.Object{&coordinationv1.Lease{
			TypeMeta:   metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"},
			ObjectMeta: metav1.ObjectMeta{Name: controllerLease, Namespace: webhookNamespace}, Spec: coordinationv1.LeaseSpec{RenewTime: renewed},
		}}
	}
	ago := func(d time.Duration) []runtime.Object { return lease(new(metav1.NewMicroTime(monday.Add(-d)))) }
	for name, c := range map[string]struct {
		objects []runtime.Object
		refused bool
		want    State
		why     string
	}{
		"renewed":               {ago(2 * time.Second), false, OK, ""},
		"for two minutes":       {ago(2 * time.Minute), false, OK, ""},
		"renewed in the future": {ago(-time.Minute), false, OK, ""},
		"stopped":               {ago(130 * time.Second), false, Bad, "its Lease has not been renewed for 2m10s"},
		"never renewed":         {lease(nil), false, Bad, "its Lease has never been renewed"},
		"no Lease":              {nil, false, Bad, "there is no Lease sluice-system/sluice-controller, so it has never run"},
		"not readable":          {ago(0), true, Unknown, "forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster, client := with(t, c.objects...)
			if c.refused {
				client.PrependReactor("get", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
					return true, nil, apierrors.NewForbidden(kube.Leases().GroupResource(), controllerLease, nil)
				})
			}
			got := cluster.controlled(t.Context())
			if got.State != c.want || !strings.Contains(got.Why, c.why) || (c.want == OK) != (got.Why == "") || (got.Do != "") != (c.want == Bad) {
				t.Errorf("%+v", got)
			}
		})
	}
}
