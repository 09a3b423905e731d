package preview_test

import (
	"encoding/json"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/applier/preview"
)

const (
	profileHead = "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\n"
	configHead  = "apiVersion: v1\nkind: ConfigMap\n"
	configName  = "name: ovs-flows-config, namespace: openshift-network-operator"
)

// What "kubectl apply" would store is planned: it keeps what the file does not name, and removes what was applied before
// and is not in the file any more. The API server sets defaults.
func TestAProfileIsApplied(t *testing.T) {
	const file = profileHead + "metadata: {name: p}\nspec: {ipfix: {sampling: 1000}}\n"
	last := func(spec string) string {
		return `annotations: {team: net, kubectl.kubernetes.io/last-applied-configuration: '{"metadata":{"annotations":{},"name":"p"},"spec":` + spec + `}'}`
	}
	managed := func(manager, fields string) string {
		return "managedFields: [{manager: " + manager + ", operation: Apply, fieldsType: FieldsV1, fieldsV1: {'f:spec': " + fields + "}}]"
	}
	stored := func(metadata, spec string) string {
		return profileHead + "metadata: {name: p, uid: u, " + metadata + "}\nspec: " + spec + "\nstatus: {matchedNodes: 1}\n"
	}
	for name, c := range map[string]struct{ stored, file, spec, patch string }{
		"a new one": {
			"", file, `{"nodeSelector":{},"priority":0,"export":true,"mode":"Enforce","ipfix":{"sampling":1000,"observationDomain":"Zero"}}`,
			`create {"apiVersion":"sluice.dev/v1alpha1","kind":"FlowExportProfile","metadata":{"name":"p"},"spec":{"ipfix":{"sampling":1000}}}`,
		},
		"drops without values": {
			"", profileHead + "metadata: {name: p}\nspec: {drops: {}}\n", `{"nodeSelector":{},"priority":0,"export":true,"mode":"Enforce","drops":{"collectorSet":4739,"domain":1}}`,
			`create {"apiVersion":"sluice.dev/v1alpha1","kind":"FlowExportProfile","metadata":{"name":"p"},"spec":{"drops":{}}}`,
		},
		"the same":                        {stored("generation: 1", "{drops: {collectorSet: 9, domain: 2}, export: true}"), profileHead + "metadata: {name: p}\nspec: {drops: {}}\n", `{"nodeSelector":{},"priority":0,"export":true,"mode":"Enforce","drops":{"collectorSet":9,"domain":2}}`, ""},
		"a field of another manager":      {stored("generation: 1", "{export: false}"), file, `{"nodeSelector":{},"priority":0,"export":false,"mode":"Enforce","ipfix":{"sampling":1000,"observationDomain":"Zero"}}`, `{"spec":{"ipfix":{"sampling":1000}}}`},
		"it was applied by client":        {stored(last(`{"export":false}`), "{export: false, priority: 7}"), file, `{"nodeSelector":{},"priority":7,"export":true,"mode":"Enforce","ipfix":{"sampling":1000,"observationDomain":"Zero"}}`, `{"spec":{"export":null,"ipfix":{"sampling":1000}}}`},
		"another field was":               {stored(last(`{"priority":7}`), "{export: false, priority: 7}"), file, `{"nodeSelector":{},"priority":0,"export":false,"mode":"Enforce","ipfix":{"sampling":1000,"observationDomain":"Zero"}}`, `{"spec":{"ipfix":{"sampling":1000},"priority":null}}`},
		"it was applied by server":        {stored(managed("kubectl", "{'f:export': {}}"), "{export: false, priority: 7}"), file, `{"nodeSelector":{},"priority":7,"export":true,"mode":"Enforce","ipfix":{"sampling":1000,"observationDomain":"Zero"}}`, `{"spec":{"export":null,"ipfix":{"sampling":1000}}}`},
		"by another manager":              {stored(managed("team-b", "{'f:export': {}}"), "{export: false}"), file, `{"nodeSelector":{},"priority":0,"export":false,"mode":"Enforce","ipfix":{"sampling":1000,"observationDomain":"Zero"}}`, `{"spec":{"ipfix":{"sampling":1000}}}`},
		"what kubectl printed":            {stored(last(`{"export":false}`), "{export: false}"), stored(last(`{"export":false}`)+", resourceVersion: \"7\"", "{export: false}"), `{"nodeSelector":{},"priority":0,"export":false,"mode":"Enforce"}`, ""},
		"two files for the same object":   {stored("generation: 1", "{priority: 7}"), strings.ReplaceAll(file, "ipfix: {sampling: 1000}", "export: false, mode: Observe") + "---\n" + file, `{"nodeSelector":{},"priority":7,"export":true,"mode":"Enforce","ipfix":{"sampling":1000,"observationDomain":"Zero"}}`, `{"spec":{"ipfix":{"sampling":1000}}}`},
		"an annotation before":            {stored("annotations: {other: x, team: net, kubectl.kubernetes.io/last-applied-configuration: '{\"metadata\":{\"annotations\":{\"team\":\"net\"}}}'}", "{}"), profileHead + "metadata: {name: p}\nspec: {}\n", `{"nodeSelector":{},"priority":0,"export":true,"mode":"Enforce"}`, `{"metadata":{"annotations":{"team":null}}}`},
		"null removes what was not there": {stored(last("{}"), "{export: false}"), profileHead + "metadata: {name: p}\nspec: {export: null}\n", `{"nodeSelector":{},"priority":0,"export":true,"mode":"Enforce"}`, `{"spec":{"export":null}}`},
	} {
		t.Run(name, func(t *testing.T) {
			var profiles []unstructured.Unstructured
			if c.stored != "" {
				profiles = append(profiles, *object(t, c.stored))
			}
			in, objects, err := preview.Read(nil, nil, profiles)
			if err != nil {
				t.Fatal(err)
			}
			if err := preview.Merge(&in, "p.yaml", []byte(c.file), objects); err != nil {
				t.Fatal(err)
			}
			if len(in.Profiles) != 1 {
				t.Fatalf("%d profiles", len(in.Profiles))
			}
			if got := encoded(t, in.Profiles[0].Spec); got != c.spec {
				t.Errorf("planned for %s, want %s", got, c.spec)
			}
			if got := writes(t, objects); got != c.patch {
				t.Errorf("asked: %s, want %s", got, c.patch)
			}
		})
	}
}

// The ConfigMap keeps the keys of others.
func TestTheConfigMapIsApplied(t *testing.T) {
	for name, c := range map[string]struct{ stored, file, data, asked string }{
		"a new one":         {"", "{sampling: \"100\"}", `{"sampling":"100"}`, "create "},
		"a key of others":   {configHead + "metadata: {" + configName + "}\ndata: {sharedTarget: '192.0.2.7:4739'}\n", "{sampling: \"100\"}", `{"sampling":"100","sharedTarget":"192.0.2.7:4739"}`, `"data":{"sampling":"100"}`},
		"a key before":      {configHead + "metadata: {" + configName + `, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"data":{"sharedTarget":"x"}}'}}` + "\ndata: {sharedTarget: '192.0.2.7:4739'}\n", "{sampling: \"100\"}", `{"sampling":"100"}`, `"data":{"sampling":"100","sharedTarget":null}`},
		"nothing is stored": {configHead + "metadata: {" + configName + "}\n", "{}", `{}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var config *unstructured.Unstructured
			if c.stored != "" {
				config = object(t, c.stored)
			}
			in, objects, err := preview.Read(nil, config, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := preview.Merge(&in, "c.yaml", []byte(configHead+"metadata: {"+configName+"}\ndata: "+c.file+"\n"), objects); err != nil {
				t.Fatal(err)
			}
			if got := encoded(t, in.FlowsConfig); got != c.data {
				t.Errorf("planned for %s, want %s", got, c.data)
			}
			if got := writes(t, objects); !strings.Contains(got, c.asked) {
				t.Errorf("asked: %s, want %s", got, c.asked)
			}
		})
	}
}

// A Network that does not exist is created.
func TestANewNetworkIsAskedFor(t *testing.T) {
	in, objects, err := preview.Read(nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	const file = `{"apiVersion":"operator.openshift.io/v1","kind":"Network","metadata":{"name":"cluster"},"spec":{"exportNetworkFlows":{}}}`
	if err := preview.Merge(&in, "n.yaml", []byte(file), objects); err != nil {
		t.Fatal(err)
	}
	if got := writes(t, objects); got != "create "+file {
		t.Errorf("asked: %s", got)
	}
}

// What can't be planned says where and why.
func TestWhatIsNoManifest(t *testing.T) {
	for file, want := range map[string]string{
		profileHead + "metadata: {name: p}\nspec: {sampling: 7}\n":                 "p.yaml:1: FlowExportProfile p: spec.sampling",
		profileHead + "metadata: {name: p}\nspec: {ipfix: {sampling: often}}\n":    "p.yaml:1: flowexportprofile/p: spec.ipfix.sampling: is ",
		profileHead + "metadata: {name: p}\nspec: {priority: 3000000000}\n":        "p.yaml:1: flowexportprofile/p: spec.priority: ",
		profileHead + "metadata: {name: p}\nspec: {export: true, export: false}\n": "p.yaml:1: FlowExportProfile p: spec.export",
		profileHead + "spec: {}\n": "p.yaml:1: FlowExportProfile: it has no metadata.name",
		configHead + "metadata: {" + configName + "}\ndata: {sampling: 7}\n": "p.yaml:1: configmap/ovs-flows-config: data.sampling is not a text; write it in quotes",
		"kind: Pod\n": "p.yaml: contains no Network.operator",
	} {
		in, objects, err := preview.Read(nil, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := preview.Merge(&in, "p.yaml", []byte(file), objects); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", file, err, want)
		}
	}
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// writes are the changes that the API server is asked about.
func writes(t *testing.T, objects *preview.Objects) string {
	t.Helper()
	list, err := objects.Writes()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, w := range list {
		text := encoded(t, w.Content)
		if w.Create {
			text = "create " + text
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}
