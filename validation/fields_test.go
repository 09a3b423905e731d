package validation_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"sluice/validation"
)

// Every value of an Object is in the table of fields, each once.
func TestTheTableHasEveryFieldOfAnObject(t *testing.T) {
	var o validation.Object
	seen := map[*validation.Value]string{}
	of := map[*validation.Value]validation.Resource{}
	for _, r := range []validation.Resource{validation.Network, validation.FlowsConfig, validation.Profile, validation.FlowCollector} {
		for _, f := range validation.Fields(r) {
			path := strings.Join(f.Path, ".")
			if other := seen[f.Of(&o)]; other != "" && (of[f.Of(&o)] == r || other != path) {
				t.Errorf("%s and %s are the same value", other, path)
			}
			seen[f.Of(&o)], of[f.Of(&o)] = path, r
		}
	}
	values := 0
	for _, field := range reflect.VisibleFields(reflect.TypeFor[validation.Object]()) {
		if field.Type == reflect.TypeFor[validation.Value]() {
			values++
		}
	}
	if len(seen) != values {
		t.Errorf("the table has %d fields %v, an Object has %d values", len(seen), seen, values)
	}
}

func TestFromMapReadsEveryField(t *testing.T) {
	for _, r := range []validation.Resource{validation.Network, validation.FlowsConfig, validation.Profile, validation.FlowCollector} {
		content := map[string]any{"metadata": map[string]any{"name": "n", "namespace": "ns"}}
		for _, f := range validation.Fields(r) {
			in := content
			for _, key := range f.Path[:len(f.Path)-1] {
				if _, ok := in[key]; !ok {
					in[key] = map[string]any{}
				}
				in = in[key].(map[string]any) //nolint:forcetypeassert // made above
			}
			in[f.Path[len(f.Path)-1]] = strings.Join(f.Path, ".")
		}
		o, err := validation.FromMap(r, content)
		if err != nil || o.Resource != r || o.Name != "n" || o.Namespace != "ns" {
			t.Errorf("read %+v, error %v", o, err)
		}
		for _, f := range validation.Fields(r) {
			if got := f.Of(&o).Text; got != strings.Join(f.Path, ".") {
				t.Errorf("%v holds %q", f.Path, got)
			}
		}
	}
}

func TestFromMapTellsAbsentFromNullAndBoundsWhatItReads(t *testing.T) {
	read := func(text string) (validation.Object, error) {
		var content map[string]any
		if err := json.Unmarshal([]byte(text), &content); err != nil {
			t.Fatal(err)
		}
		return validation.FromMap(validation.Network, content)
	}
	for text, want := range map[string]validation.Kind{
		`{}`:                                   validation.Absent,
		`{"spec":null}`:                        validation.Absent,
		`{"spec":"x"}`:                         validation.Absent,
		`{"spec":{"exportNetworkFlows":null}}`: validation.Null,
		`{"spec":{"exportNetworkFlows":{}}}`:   validation.Map,
	} {
		if o, err := read(text); err != nil || o.ExportNetworkFlows.Kind != want {
			t.Errorf("%s: %v, error %v", text, o.ExportNetworkFlows.Kind, err)
		}
	}
	many := `{"spec":{"exportNetworkFlows":{"b":[` + strings.Repeat(`{"c":[1,2,3,4,5,6,7,8,9]},`, validation.MaxValues) + `1]}}}`
	if _, err := read(many); !errors.Is(err, validation.ErrTooManyValues) {
		t.Errorf("read too many values, error %v", err)
	}
}

// The schema of Network.operator bounds the lists of collectors, but not the pod networks. What it
// stores can always be read: an agent that can't read its Network stops.
func TestFromMapReadsWhateverIsStored(t *testing.T) {
	networks := make([]any, validation.MaxValues)
	for i := range networks {
		networks[i] = map[string]any{"cidr": "10.128.0.0/14", "hostPrefix": int64(23)}
	}
	o, err := validation.FromMap(validation.Network, map[string]any{"spec": map[string]any{"clusterNetwork": networks}})
	if got := len(o.ClusterNetwork.Items) + o.ClusterNetwork.More; err != nil || got != len(networks) {
		t.Errorf("read %d of %d pod networks, error %v", got, len(networks), err)
	}
}

// A ConfigMap can have a megabyte of text in keys that nothing reads.
func TestFromMapTakesNoTextOfKeysThatNothingReads(t *testing.T) {
	long := strings.Repeat("<", 1<<20)
	content := map[string]any{
		"data":       map[string]any{"junk": long, "sharedTarget": "10.0.0.1:4739"},
		"binaryData": map[string]any{"sharedTarget": long},
	}
	var o validation.Object
	var err error
	result := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			o, err = validation.FromMap(validation.FlowsConfig, content)
		}
	})
	if err != nil || o.Data.Get("sharedTarget").Text != "10.0.0.1:4739" || o.Data.Get("junk").Kind != validation.String || len(o.BinaryData.Members) != 1 {
		t.Errorf("read %+v, error %v", o, err)
	}
	if used := result.AllocedBytesPerOp(); used > 64<<10 {
		t.Errorf("%d bytes allocated", used)
	}
	if content["data"].(map[string]any)["junk"] != long {
		t.Error("the content was changed")
	}
}
