package gather_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/gather"
)

func read(t *testing.T, archive io.Reader) map[string]string {
	t.Helper()
	zip, err := gzip.NewReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(zip); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = string(text)
	}
}

func TestAnArchiveIsBoundedAndSaysWhatIsMissing(t *testing.T) {
	var out bytes.Buffer
	a := gather.New(&out, "f", time.Unix(0, 0))
	large := bytes.Repeat([]byte("x"), gather.MaxFile+1)
	for i := range gather.MaxArchive/gather.MaxFile + 1 {
		if err := a.Add(string(rune('a'+i)), large); err != nil {
			t.Fatal(err)
		}
	}
	a.Miss("secret", errors.New("forbidden at /mutate/"+strings.Repeat("abcd", 13)))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	files := read(t, &out)
	total := 0
	for _, text := range files {
		total += len(text)
	}
	if total > gather.MaxArchive+10_000 || len(files) != gather.MaxArchive/gather.MaxFile+1 {
		t.Errorf("%d files with %d bytes", len(files), total)
	}
	missing := files["f/missing.txt"]
	for _, want := range []string{"a: only the first", "left out, because the archive has", "secret: forbidden at /mutate/<token>"} {
		if !strings.Contains(missing, want) {
			t.Errorf("no %q in %s", want, missing)
		}
	}
}

func TestWhatIsRedacted(t *testing.T) {
	token := strings.Repeat("abcd", 13)
	for name, c := range map[string]struct{ object, gone, stays string }{
		"the path of the webhook": {`{kind: W, metadata: {name: a}, webhooks: [{clientConfig: {service: {path: "/mutate/` + token + `"}}}]}`, token, "/mutate/<token>"},
		"a variable":              {`{kind: D, metadata: {name: a}, spec: {template: {spec: {containers: [{env: [{name: PROXY, value: "http://u:pw@p"}]}]}}}}`, "u:pw@p", "PROXY"},
		"a value without a name":  {`{kind: D, metadata: {name: a}, spec: {list: [{name: n, value: v1}]}}`, "nothing", "v1"},
		"what kubectl applied":    {`{kind: D, metadata: {name: a, annotations: {kubectl.kubernetes.io/last-applied-configuration: "{token: hidden}", deployment.kubernetes.io/revision: d}}}`, "hidden", "d"},
		"a foreign annotation":    {`{kind: D, metadata: {name: a}, spec: {template: {metadata: {annotations: {corp/secret: s3cr3t, notkubernetes.io/x: s3cr3t, plain: s3cr3t}}}}}`, "s3cr3t", "template"},
		"known annotations":       {`{kind: D, metadata: {name: a}, spec: {template: {metadata: {annotations: {a/b: hidden, kubectl.kubernetes.io/restartedAt: now, service.beta.openshift.io/x: y}}}}}`, "hidden", "restartedAt: now"},
		"fields of managers":      {`{kind: D, metadata: {name: a, managedFields: [{manager: hidden}]}}`, "hidden", "name: a"},
		"a Secret":                {`{kind: Secret, metadata: {name: a}, data: {key: aGlkZGVu}, stringData: {k: hidden}}`, "aGlkZGVu", "<redacted>"},
		"a variable of a field":   {`{kind: D, metadata: {name: a}, spec: {env: [{name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]}}`, "<redacted>", "spec.nodeName"},
	} {
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(c.object), &u.Object); err != nil {
			t.Fatal(err)
		}
		out, err := yaml.Marshal(gather.Object(u).Object)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), c.gone) || !strings.Contains(string(out), c.stays) {
			t.Errorf("%s:\n%s", name, out)
		}
	}
}

func TestOnlyWhatSluiceUsesOfANetworkAndANode(t *testing.T) {
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(`{apiVersion: a/v1, kind: Network, metadata: {name: cluster}, spec: {exportNetworkFlows: {netFlow: {collectors: ["1"]}}, defaultNetwork: {type: T, more: hidden}, proxy: hidden}, status: {images: [hidden]}}`), &u.Object); err != nil {
		t.Fatal(err)
	}
	for name, reduced := range map[string]*unstructured.Unstructured{"network": gather.Network(u), "node": gather.Node(u)} {
		out, err := yaml.Marshal(reduced.Object)
		if err != nil || strings.Contains(string(out), "hidden") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestTheRowsOfOpenVSwitch(t *testing.T) {
	n := v1alpha1.NodeFlowExport{}
	n.Name, n.Status.OVSVersion, n.Status.Bridge = "worker-1", "3.5.0", "br-int"
	n.Status.Formats = []v1alpha1.FormatStatus{
		{Format: "NetFlow", Row: "r1", Class: "InSync", Applied: &v1alpha1.Export{Targets: []string{"192.0.2.1:2055"}, Parameters: map[string]string{"b": "2", "a": "1"}}}, {Format: "IPFIX", Summary: "off"},
	}
	const want = "worker-1: Open vSwitch 3.5.0, bridge br-int\n  NetFlow r1: targets 192.0.2.1:2055; a 1; b 2 (InSync)\n  IPFIX : off\n"
	if got := string(gather.Rows([]v1alpha1.NodeFlowExport{n})); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestOfALongTextTheLastLinesStay(t *testing.T) {
	if got := string(gather.Lines([]byte("one\ntwo\nthree\n"), 9)); got != "three\n" {
		t.Errorf("%q", got)
	}
}

func TestWhatStaysOfACRD(t *testing.T) {
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(`{apiVersion: a/v1, kind: CustomResourceDefinition, metadata: {name: x.sluice.dev}, spec: {versions: [{name: v1alpha1, served: true, schema: {hidden: true}}]}, status: {conditions: [{type: Established}]}}`), &u.Object); err != nil {
		t.Fatal(err)
	}
	out, err := yaml.Marshal(gather.Definition(u).Object)
	if text := string(out); err != nil || strings.Contains(text, "hidden") || !strings.Contains(text, "name: v1alpha1") || !strings.Contains(text, "type: Established") {
		t.Errorf("%v\n%s", err, text)
	}
}
