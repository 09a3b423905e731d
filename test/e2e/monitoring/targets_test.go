package monitoring

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

// monitor is what counts of a ServiceMonitor.
type monitor struct {
	Spec struct {
		JobLabel          string                                  `json:"jobLabel"`
		NamespaceSelector struct{ MatchNames []string }           `json:"namespaceSelector"`
		Selector          struct{ MatchLabels map[string]string } `json:"selector"`
		Endpoints         []struct {
			Port        string `json:"port"`
			Relabelings []struct {
				SourceLabels []string `json:"sourceLabels"`
				TargetLabel  string   `json:"targetLabel"`
			} `json:"relabelings"`
		} `json:"endpoints"`
	} `json:"spec"`
}

// service is what counts of a Service.
type service struct {
	Spec struct {
		Selector map[string]string       `json:"selector"`
		Ports    []struct{ Name string } `json:"ports"`
	} `json:"spec"`
}

func convert(t *testing.T, o object, to any) {
	t.Helper()
	text, err := yaml.Marshal(o.Object)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, to); err != nil {
		t.Fatal(err)
	}
}

// TestEachServiceMonitorFindsOneService: the rules know the jobs by the Services' names.
func TestEachServiceMonitorFindsOneService(t *testing.T) {
	for _, overlay := range []string{"openshift", "cert-manager", "managed", "localhost"} {
		objects := installation(t, overlay)
		for monitored, want := range map[string]string{"sluice-webhook": "sluice-webhook-metrics", "sluice-controller": "sluice-controller-metrics", "sluice-agent": "sluice-agent-metrics"} {
			found := find(t, objects, "ServiceMonitor", monitored)
			var m monitor
			convert(t, found, &m)
			if m.Spec.JobLabel != "" {
				t.Errorf("%s: the job is not the Service's name", monitored)
			}
			var got []string
			for _, o := range objects {
				if o.GetKind() != "Service" || !slices.Contains(m.Spec.NamespaceSelector.MatchNames, o.GetNamespace()) {
					continue
				}
				var s service
				convert(t, o, &s)
				named := slices.ContainsFunc(s.Spec.Ports, func(p struct{ Name string }) bool { return p.Name == m.Spec.Endpoints[0].Port })
				if named && labels.SelectorFromSet(m.Spec.Selector.MatchLabels).Matches(labels.Set(o.GetLabels())) {
					got = append(got, o.GetName())
				}
			}
			if !slices.Equal(got, []string{want}) {
				t.Errorf("%s: the ServiceMonitor %s finds the Services %v, not %s", overlay, monitored, got, want)
			}
			find(t, slices.DeleteFunc(slices.Clone(objects), func(o object) bool { return o.GetNamespace() != found.GetNamespace() }), "RoleBinding", "sluice-prometheus")
		}
	}
}

// TestAgentsAreKnownByTheirNodes: pods' names would end each series with a rollout.
func TestAgentsAreKnownByTheirNodes(t *testing.T) {
	var m monitor
	convert(t, find(t, component(t), "ServiceMonitor", "sluice-agent"), &m)
	for _, r := range m.Spec.Endpoints[0].Relabelings {
		if r.TargetLabel == "node" && slices.Equal(r.SourceLabels, []string{"__meta_kubernetes_pod_node_name"}) {
			return
		}
	}
	t.Error("the node's name is not kept as the label node")
}
