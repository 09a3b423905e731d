package tenants

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"sluice/internal/kube"
	"sluice/test/harness/cluster"
)

// The API server denies what only takes memory, and lets a FlowExport with too much of it be repaired.
func TestTheMetadataOfAFlowExportIsBounded(t *testing.T) {
	reset(t)
	policies(t, teamA)
	passes(t, create(t, alice, "team-a", "siem", `["10.20.0.5:4739"]`))
	for text, patch := range map[string]any{
		"at most 64 labels":           map[string]any{"labels": numbered(65)},
		"at most 16 finalizers":       map[string]any{"finalizers": list(17, func(i int) any { return fmt.Sprintf("example.com/%d", i) })},
		"at most 16 owner references": map[string]any{"ownerReferences": list(17, owner)},
	} {
		eventually(t, func() string { // admission policies need a moment after they were stored
			if r := patchMetadata(t, "siem", patch, "--dry-run=server"); r.OK() || !strings.Contains(r.All(), text) {
				return fmt.Sprintf("not denied with %q: %s", text, r.All())
			}
			return ""
		})
	}
	passes(t, patchMetadata(t, "siem", map[string]any{"labels": numbered(64), "ownerReferences": list(16, owner)}))
}

// What is stored nevertheless takes no memory of the controller: neither when it reads all of it, nor when one object
// changes.
func TestLargeMetadataFitsIntoTheMemoryOfTheController(t *testing.T) {
	reset(t)
	policies(t, `{namespaces: {names: [team-a]}, allow: [{formats: [IPFIX], destinations: [10.20.0.0/16]}], maxFlowExports: 16}`)
	const limit, labeled, managed = 128 << 20, 1, 5
	withoutMetadataPolicy(t)
	client, err := kube.NewClient(shared.As(alice))
	if err != nil {
		t.Fatal(err)
	}
	for i := range labeled + managed {
		name := fmt.Sprintf("export-%d", i)
		passes(t, create(t, alice, "team-a", name, `["10.20.0.5:4739"]`))
		accepted(t, name, "Allowed")
		text := metadataPatch(t, map[string]any{"managedFields": []any{managing(110000)}})
		if i < labeled {
			text = metadataPatch(t, map[string]any{"labels": numbered(120000), "managedFields": []any{map[string]any{}}})
		}
		eventually(t, func() string { // the deletion of the binding needs a moment
			if _, err := client.Resource(kube.FlowExports()).Namespace("team-a").Patch(t.Context(), name, types.MergePatchType, text, metav1.PatchOptions{}); err != nil {
				return err.Error()
			}
			return ""
		})
	}
	if err := shared.controller.Stop(); err != nil {
		t.Fatal(err)
	}
	if shared.controller, err = shared.StartController(t.Context(), shared.program, append(controllerArguments(), fmt.Sprintf("--memory-limit=%d", limit)), shared.log); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, labeled, labeled + 1} { // read as a list, and as events
		passes(t, patchMetadata(t, fmt.Sprintf("export-%d", i), map[string]any{"labels": map[string]any{"1": nil, "x": "y"}}))
	}
	passes(t, create(t, alice, "team-a", "last", `["10.20.0.5:4739"]`))
	accepted(t, "last", "Allowed")
	if peak := peakMemory(t, shared.controller.PID); peak >= limit {
		t.Errorf("the controller needed %d MiB", peak>>20)
	} else {
		t.Logf("the controller needed %d MiB", peak>>20)
	}
}

// An object that is as large as etcd takes it has no room for the reason why it is not accepted any more.
func TestAFullObjectIsRevoked(t *testing.T) {
	reset(t)
	policies(t, teamA)
	passes(t, create(t, alice, "team-a", "siem", `["10.20.0.5:4739"]`))
	accepted(t, "siem", "Allowed")
	withoutMetadataPolicy(t)
	eventually(t, func() string { // the deletion of the binding needs a moment
		if r := patchMetadata(t, "siem", map[string]any{"labels": numbered(65)}); !r.OK() {
			return r.All()
		}
		return ""
	})
	size := 0
	for step := 1 << 20; step > 32; step /= 2 { // the reason is longer than 32 bytes
		if patchMetadata(t, "siem", map[string]any{"labels": sized(size + step)}).OK() {
			size += step
		}
	}
	t.Logf("%d bytes of labels", size)
	policies(t)
	eventually(t, func() string {
		got := must(t, cluster.Admin, "", "get", "flowexport", "-n", "team-a", "siem", "-o", `jsonpath={.status.conditions[?(@.type=="Accepted")].status}`)
		if got == "True" {
			return "it is still accepted"
		}
		return ""
	})
}

// withoutMetadataPolicy puts the admission policy out of force while a test runs.
func withoutMetadataPolicy(t *testing.T) {
	t.Helper()
	const name = "sluice-flowexport-metadata"
	var binding admissionregistrationv1.ValidatingAdmissionPolicyBinding
	if err := shared.Client.Get(t.Context(), client.ObjectKey{Name: name}, &binding); err != nil {
		t.Fatal(err)
	}
	if err := shared.Client.Delete(t.Context(), &binding); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		binding.ObjectMeta = metav1.ObjectMeta{Name: name, Labels: binding.Labels}
		if err := shared.Client.Create(context.WithoutCancel(t.Context()), &binding); err != nil {
			t.Error(err)
		}
	})
}

// patchMetadata changes the metadata of a FlowExport in team-a, with the role edit.
func patchMetadata(t *testing.T, name string, metadata any, more ...string) cluster.Result {
	t.Helper()
	file := filepath.Join(t.TempDir(), "patch.json")
	if err := os.WriteFile(file, metadataPatch(t, metadata), 0o600); err != nil {
		t.Fatal(err)
	}
	return kubectl(t, alice, "", append([]string{"patch", "flowexport", "-n", "team-a", name, "--type=merge", "--patch-file=" + file}, more...)...)
}

func metadataPatch(t *testing.T, metadata any) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"metadata": metadata})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// managing says that someone manages this many labels, of which the object need not have any.
func managing(n int) map[string]any {
	labels := map[string]any{}
	for i := range n {
		labels[fmt.Sprintf("f:%d", i)] = map[string]any{}
	}
	return map[string]any{
		"manager": "m", "operation": "Apply", "apiVersion": "sluice.dev/v1alpha1", "fieldsType": "FieldsV1", "time": "2026-11-27T00:00:00Z",
		"fieldsV1": map[string]any{"f:metadata": map[string]any{"f:labels": labels}},
	}
}

// numbered are labels.
func numbered(n int) map[string]any {
	labels := map[string]any{}
	for i := range n {
		labels[strconv.FormatInt(int64(i), 36)] = ""
	}
	return labels
}

// sized are labels of about this many bytes, with as few of them as possible, so that the API server handles them quickly.
func sized(bytes int) map[string]any {
	const long, short = 320, 8
	labels := numbered(bytes % long / short)
	prefix := strings.Repeat(strings.Repeat("a", 60)+".", 4) + "a/"
	for i := range bytes / long {
		labels[fmt.Sprintf("%s%07d", prefix, i)] = strings.Repeat("a", 63)
	}
	return labels
}

func list(n int, one func(int) any) []any {
	var all []any
	for i := range n {
		all = append(all, one(i))
	}
	return all
}

func owner(i int) any {
	return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "name": fmt.Sprintf("c%d", i), "uid": fmt.Sprintf("u%d", i)}
}

// peakMemory is the peak of a process's resident memory in bytes.
func peakMemory(t *testing.T, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}
