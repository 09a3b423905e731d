package admission

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"sluice/internal/document"
	"sluice/internal/kube"
	"sluice/test/harness/cluster"
	"sluice/validation"
)

// jsonPatches are the patches that the documentation shows and those at the edges of RFC 6902, and random ones of
// one to three operations.
func jsonPatches() []string {
	const flows = "/spec/exportNetworkFlows"
	patches := []string{
		`[{"op":"remove","path":"` + flows + `"}]`,
		`[{"op":"remove","path":"` + flows + `"},{"op":"remove","path":"` + flows + `"}]`,
		`[{"op":"replace","path":"` + flows + `/netFlow/collectors/-1","value":"192.0.2.9:2055"}]`,
		`[{"op":"add","path":"` + flows + `/netFlow/collectors/-","value":"192.0.2.9:2055"}]`,
		`[{"op":"add","path":"` + flows + `/netFlow/collectors/00","value":"192.0.2.9:2055"}]`,
		`[{"op":"add","path":"` + flows + `/sFlow","value":{"collectors":["192.0.2.9:6343"]}}]`,
		`[{"op":"test","path":"` + flows + `/ipfix","value":{"collectors":["192.0.2.2:4739"]}},{"op":"remove","path":"` + flows + `/ipfix"}]`,
		`[{"op":"test","path":"` + flows + `/sFlow","value":null}]`,
		`[{"op":"move","from":"` + flows + `/netFlow/collectors","path":"` + flows + `/ipfix/collectors"}]`,
		`[{"op":"copy","from":"` + flows + `/netFlow","path":"` + flows + `/sFlow"}]`,
		`[{"op":"replace","path":"` + flows + `","value":null}]`,
		`[{"op":"add","path":"","value":{}}]`,
		`[]`,
	}
	random := rand.New(rand.NewPCG(6902, 1)) // the same patches in each run
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	path := func() string {
		return "/spec" + pick("", "/exportNetworkFlows", "/exportNetworkFlows"+pick("/netFlow", "/sFlow", "/ipfix")+
			pick("", "/collectors", "/collectors"+pick("/0", "/1", "/2", "/3", "/-", "/-1", "/-2", "/-9", "/01", "/x", "/0/a", "/~0", "/")))
	}
	value := func() string {
		return pick(`"192.0.2.7:2055"`, `"192.0.2.8:4739"`, `"192.0.2.1:2055"`, `"10.0.0.01:2055"`, `["192.0.2.7:2055"]`, `[]`,
			`{"collectors":["192.0.2.7:2055"]}`, `{"collectors":[]}`, `{"netFlow":{"collectors":["192.0.2.7:2055"]}}`, `{}`, `null`, `7`)
	}
	for range 400 {
		var operations []string
		for range 1 + random.IntN(3) {
			switch op := pick("add", "replace", "remove", "move", "copy", "test"); op {
			case "add", "replace", "test":
				operations = append(operations, fmt.Sprintf(`{"op":%q,"path":%q,"value":%s}`, op, path(), value()))
			case "move", "copy":
				operations = append(operations, fmt.Sprintf(`{"op":%q,"from":%q,"path":%q}`, op, path(), path()))
			case "remove":
				operations = append(operations, fmt.Sprintf(`{"op":%q,"path":%q}`, op, path()))
			}
		}
		patches = append(patches, "["+strings.Join(operations, ",")+"]")
	}
	return patches
}

// TestJSONPatchesAreAppliedAlike sends each patch to the API server as a dry run, and applies it to the same object
// as "sluice check --old" does.
func TestJSONPatchesAreAppliedAlike(t *testing.T) {
	reset(t)
	store(t, `{"netFlow":{"collectors":["192.0.2.1:2055","192.0.2.2:2055"]},"ipfix":{"collectors":["192.0.2.2:4739"]}}`)
	config := shared.As(cluster.NetAdmin)
	config.WarningHandler, config.QPS = rest.NoWarnings{}, -1
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	networks := client.Resource(kube.Networks())
	old, err := networks.Get(t.Context(), validation.ClusterName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := old.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	accepted, refused, foreign := 0, 0, 0
	for _, patch := range jsonPatches() {
		// Sluice takes an unknown field for a mistake, and knows only some of the fields.
		want, err := patched(t.Context(), networks, patch, metav1.FieldValidationWarn)
		_, strict := patched(t.Context(), networks, patch, metav1.FieldValidationStrict)
		got, findings := judged(t, text, patch)
		if err != nil {
			refused++
		} else {
			accepted++
		}
		switch {
		case err != nil && findings == "" && got != nil:
			t.Errorf("%s\nthe API server: %v\nSluice accepts it", patch, err)
		case strict == nil && findings != "":
			t.Errorf("%s\nthe API server accepts it\nSluice: %s", patch, findings)
		case got == nil: // a patch that can be for any object
			foreign++
		case err == nil && findings == "":
			if d := cmp.Diff(want, got); err == nil && d != "" {
				t.Errorf("%s (-API server +Sluice)\n%s", patch, d)
			}
		}
	}
	t.Logf("%d accepted, %d refused; %d may be for another object", accepted, refused, foreign)
	if accepted < 50 || refused < 50 || foreign > 50 {
		t.Errorf("%d accepted, %d refused, %d may be for another object: the patches prove little", accepted, refused, foreign)
	}
}

// patched are the lists that the API server would store.
func patched(ctx context.Context, networks dynamic.ResourceInterface, patch, fields string) (map[string][]string, error) {
	u, err := networks.Patch(ctx, validation.ClusterName, types.JSONPatchType, []byte(patch), metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: fields})
	if err != nil {
		return nil, err
	}
	return lists(u)
}

func lists(u *unstructured.Unstructured) (map[string][]string, error) {
	found := map[string][]string{}
	for _, f := range validation.Formats() {
		list, _, err := unstructured.NestedStringSlice(u.Object, "spec", "exportNetworkFlows", f.Field(), "collectors")
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			found[f.Field()] = list
		}
	}
	return found, nil
}

// judged are the lists and the findings of Sluice; nil if it judges nothing of the patch.
func judged(t *testing.T, old []byte, patch string) (map[string][]string, string) {
	t.Helper()
	stored, err := document.Parse("old.json", old)
	if err != nil || len(stored) != 1 {
		t.Fatalf("%d documents, %v", len(stored), err)
	}
	docs, err := document.Parse("patch.json", []byte(patch))
	if err != nil {
		return nil, err.Error()
	}
	if len(docs) == 0 {
		return nil, ""
	}
	docs[0] = docs[0].MergedInto(stored[0])
	v := validation.Review(validation.Input{Object: docs[0].Object, Old: &stored[0].Object})
	lists := map[string][]string{}
	for _, f := range validation.Formats() {
		if list := v.Flows.Of(f); len(list) > 0 {
			lists[f.Field()] = validation.Texts(list)
		}
	}
	findings, err := json.Marshal(append(v.Errors, docs[0].Findings...))
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Errors)+len(docs[0].Findings) == 0 {
		return lists, ""
	}
	return lists, string(findings)
}
