package policies

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"

	"sluice/test/harness/cluster"
)

// ambiguous are specs that say two things: GOOD is a list that mary may add, BAD one that
// she may not.
var ambiguous = []string{
	`{"exportNetworkFlows":{"netFlow":GOOD},"exportNetworkFlows":{"netFlow":BAD}}`,
	`{"exportNetworkFlows":{"netFlow":GOOD,"netFlow":BAD}}`,
	`{"exportNetworkFlows":{"netFlow":GOOD,"NETFLOW":BAD}}`,
	`{"exportNetworkFlows":{"netFlow":GOOD,"netflow":BAD}}`,
	`{"exportNetworkFlows":{"netFlow":GOOD},"ExportNetworkFlows":{"netFlow":BAD}}`,
	`{"exportNetworkFlows":{"netFlow":{"collectors":["10.20.0.1:2055"],"Collectors":["192.0.2.1:2055"]}}}`,
	`{"exportNetworkFlows":{"netFlow":{"collectors":["10.20.0.1:2055"],"collectors":["192.0.2.1:2055"]}}}`,
	`{"exportNetworkFlows":{"netFlow":{"\u0063ollectors":["10.20.0.1:2055"],"collectors":["192.0.2.1:2055"]}}}`,
	`{"exportNetworkFlows":{"netFlow":GOOD,"ipfix\u0000":BAD}}`,
	`{"exportNetworkFlows":{"NetFlow":BAD}}`,
}

// bodies are the texts of an ambiguous spec, in both orders.
func bodies(spec string) []string {
	const good, bad = `{"collectors":["10.20.0.1:2055"]}`, `{"collectors":["192.0.2.1:2055"]}`
	swap := strings.NewReplacer("GOOD", bad, "BAD", good, "10.20.0.1", "192.0.2.1", "192.0.2.1", "10.20.0.1")
	return []string{strings.NewReplacer("GOOD", good, "BAD", bad).Replace(spec), swap.Replace(spec)}
}

// However a body is read, what is judged is what is stored.
func TestABodyThatSaysTwoThingsIsNoWayAround(t *testing.T) {
	reset(t)
	apply(t, guarded)
	const leniently = "?fieldValidation=Ignore"
	const head = `{"apiVersion":"operator.openshift.io/v1","kind":"Network","metadata":{"name":"cluster"},"spec":`
	for name, put := range map[string]func(spec string) answer{
		"merge patch": func(spec string) answer {
			return send(t, mary, http.MethodPatch, networks+"/cluster"+leniently, mergePatch, `{"spec":`+spec+`}`)
		},
		"JSON patch": func(spec string) answer {
			return send(t, mary, http.MethodPatch, networks+"/cluster"+leniently, jsonPatch, `[{"op":"replace","path":"/spec","value":`+spec+`}]`)
		},
		"server-side apply": func(spec string) answer {
			return send(t, mary, http.MethodPatch, networks+"/cluster"+leniently+"&fieldManager=mary&force=true", applyPatch, head+spec+`}`)
		},
		"update in JSON": func(spec string) answer {
			return send(t, mary, http.MethodPut, networks+"/cluster"+leniently, "application/json", withVersion(t, head+spec+`}`))
		},
		"update in YAML": func(spec string) answer {
			return send(t, mary, http.MethodPut, networks+"/cluster"+leniently, "application/yaml", withVersion(t, head+spec+`}`))
		},
		"create": func(spec string) answer {
			send(t, cluster.Operator, http.MethodDelete, networks+"/cluster", "", "")
			a := send(t, mary, http.MethodPost, networks+leniently, "application/json", head+spec+`}`)
			if a.code != http.StatusCreated {
				must(t, cluster.Operator, cluster.NetworkManifest(), "create", "-f", "-")
			}
			return a
		},
	} {
		t.Run(name, func(t *testing.T) {
			answers := map[int]int{}
			for _, spec := range ambiguous {
				for _, body := range bodies(spec) {
					send(t, cluster.Operator, http.MethodPatch, networks+"/cluster", mergePatch, `{"spec":{"exportNetworkFlows":null}}`)
					a := put(body)
					if got := exported(t); got != "" && got != allowed {
						t.Errorf("%s: %d: stored %s", body, a.code, got)
					}
					if a.code == http.StatusCreated {
						a.code = http.StatusOK
					}
					answers[a.code]++
				}
			}
			if answers[http.StatusOK] == 0 || answers[http.StatusForbidden] == 0 {
				t.Errorf("they were not judged: %v", answers)
			}
		})
	}
}

// withVersion puts the stored object's version into an update, which needs it.
func withVersion(t *testing.T, object string) string {
	t.Helper()
	var stored metav1.PartialObjectMetadata
	a := send(t, cluster.Viewer, http.MethodGet, networks+"/cluster", "", "")
	if err := json.Unmarshal([]byte(a.text), &stored); err != nil {
		t.Fatal(err)
	}
	return strings.Replace(object, `"name":"cluster"`, `"name":"cluster","resourceVersion":"`+stored.ResourceVersion+`"`, 1)
}

// The last of two equal keys is the one that counts, and the one that is judged.
func TestTheLastOfTwoEqualKeysIsJudged(t *testing.T) {
	reset(t)
	apply(t, guarded)
	both := bodies(ambiguous[1])
	forbidden(t, send(t, mary, http.MethodPatch, networks+"/cluster?fieldValidation=Ignore", mergePatch, `{"spec":`+both[0]+`}`), told)
	if a := send(t, mary, http.MethodPatch, networks+"/cluster?fieldValidation=Ignore", mergePatch, `{"spec":`+both[1]+`}`); a.code != http.StatusOK {
		t.Errorf("%d: %s", a.code, a.text)
	}
	stands(t, allowed)
}

func TestTheConfigMapIsJudgedWhateverTheVerb(t *testing.T) {
	reset(t)
	apply(t, guarded)
	const toldIPFIX = `data.sharedTarget: "192.0.2.1:4739": "mary" may not send IPFIX there`
	config := func(args ...string) []string {
		return append(args, "configmap", "ovs-flows-config", "-n", "openshift-network-operator")
	}
	refused(t, kubectl(t, mary, configWith("192.0.2.1:4739"), "create", "-f", "-"), toldIPFIX)
	refused(t, kubectl(t, mary, "", append(config("create"), "--from-literal=sharedTarget=192.0.2.1:4739")...), toldIPFIX)
	refused(t, kubectl(t, mary, configWith("192.0.2.1:4739"), "apply", "-f", "-"), toldIPFIX)
	refused(t, kubectl(t, mary, configWith("192.0.2.1:4739"), "apply", "--server-side", "-f", "-"), toldIPFIX)
	refused(t, kubectl(t, mary, configWith("192.0.2.1:4739"), "create", "--dry-run=server", "-f", "-"), toldIPFIX)
	passes(t, kubectl(t, mary, configWith("10.20.0.9:4739"), "create", "-f", "-"))
	refused(t, kubectl(t, mary, configWith("192.0.2.1:4739"), "replace", "-f", "-"), toldIPFIX)
	refused(t, kubectl(t, mary, configWith("10.20.0.9:4739,192.0.2.1:4739"), "replace", "-f", "-"), toldIPFIX)
	refused(t, kubectl(t, mary, "", append(config("patch"), "--type=json", "-p", `[{"op":"replace","path":"/data/sharedTarget","value":"192.0.2.1:4739"}]`)...), toldIPFIX)
	refused(t, kubectl(t, mary, "", append(config("patch"), "--type=strategic", "-p", `{"data":{"sharedTarget":"192.0.2.1:4739"}}`)...), toldIPFIX)
	refused(t, edit(t, mary, "s/10.20.0.9/192.0.2.1/", "configmap", "ovs-flows-config", "-n", "openshift-network-operator"))
	// The nodes' own addresses are in no network that the policy allows.
	refused(t, kubectl(t, mary, "", append(config("patch"), "--type=merge", "-p", `{"data":{"sharedTarget":null,"nodePort":"2055"}}`)...), "team-a/allow")
	passes(t, kubectl(t, mary, configWith("10.20.0.8:4739"), "replace", "-f", "-"))
	for _, body := range []string{
		`{"data":{"sharedTarget":"10.20.0.8:4739","sharedTarget":"192.0.2.1:4739"}}`,
		`{"data":{"sharedTarget":"10.20.0.8:4739"},"data":{"sharedTarget":"192.0.2.1:4739"}}`,
		`{"Data":{"sharedTarget":"192.0.2.1:4739"}}`,
		`{"data":{"SharedTarget":"192.0.2.1:4739"}}`,
	} {
		send(t, mary, http.MethodPatch, flowsConfig+"?fieldValidation=Ignore", mergePatch, body)
		got := must(t, mary, "", append(config("get"), "-o", "jsonpath={.data.sharedTarget}")...).Stdout
		if got != "10.20.0.8:4739" {
			t.Errorf("%s: stored %s", body, got)
		}
	}
}

func TestTheConfigMapIsJudgedInProtobuf(t *testing.T) {
	reset(t)
	apply(t, guarded)
	config := shared.As(mary)
	config.ContentType = runtime.ContentTypeProtobuf
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "ovs-flows-config"}, Data: map[string]string{"sharedTarget": "192.0.2.1:4739"}}
	_, err = client.CoreV1().ConfigMaps("openshift-network-operator").Create(t.Context(), object, metav1.CreateOptions{})
	if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "team-a/allow") {
		t.Errorf("want a refusal by team-a, got %v", err)
	}
}

// The API server stores objects of up to 10,000 levels. In a review they are some levels deeper.
func TestADeepObjectIsNoWayToRemoveWhatIsRequired(t *testing.T) {
	reset(t)
	store(t, `{"ipfix":{"collectors":["10.0.0.5:4739"]}}`)
	apply(t, `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: siem}
spec: {required: [{format: IPFIX, collector: "10.0.0.5:4739"}]}
`)
	const depth = 9998
	deep := strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth)
	body := `{"spec":{"exportNetworkFlows":null,"unsupportedConfigOverrides":` + deep + `}}`
	if a := send(t, mary, http.MethodPatch, networks+"/cluster", mergePatch, body); a.code != http.StatusForbidden || !strings.Contains(a.text, "the policy requires it") {
		t.Errorf("%d: %.500s", a.code, a.text)
	}
	stands(t, `{"ipfix":{"collectors":["10.0.0.5:4739"]}}`)
}
