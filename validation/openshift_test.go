package validation_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	operatorv1 "github.com/openshift/api/operator/v1"

	"sluice/validation"
)

// upstream are the lists of openshift/api. The conversion in the test fails to compile when a
// field is added, removed, renamed or gets another type.
type upstream struct {
	NetFlow *operatorv1.NetFlowConfig `json:"netFlow,omitempty"`
	SFlow   *operatorv1.SFlowConfig   `json:"sFlow,omitempty"`
	IPFIX   *operatorv1.IPFIXConfig   `json:"ipfix,omitempty"`
}

// block is what each of the lists is wrapped in.
type block struct {
	Collectors []operatorv1.IPPort `json:"collectors,omitempty"`
}

func TestTheListsAreThoseOfOpenShift(t *testing.T) {
	_ = upstream(operatorv1.ExportNetworkFlows{})
	_, _, _ = block(operatorv1.NetFlowConfig{}), block(operatorv1.SFlowConfig{}), block(operatorv1.IPFIXConfig{})

	names := func(of reflect.Type) []string {
		var list []string
		for _, f := range reflect.VisibleFields(of) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			list = append(list, name)
		}
		return list
	}
	flows := names(reflect.TypeFor[operatorv1.ExportNetworkFlows]())
	var reviewed []string
	for _, f := range validation.Formats() {
		reviewed = append(reviewed, f.Field())
	}
	if diff := cmp.Diff(flows, reviewed); diff != "" {
		t.Errorf("the lists of openshift/api are not those that are reviewed (-want +got):\n%s", diff)
	}
	for _, of := range []reflect.Type{reflect.TypeFor[operatorv1.NetFlowConfig](), reflect.TypeFor[operatorv1.SFlowConfig](), reflect.TypeFor[operatorv1.IPFIXConfig]()} {
		if got := names(of); len(got) != 1 || got[0] != "collectors" {
			t.Errorf("%s has the fields %v, of which only collectors is reviewed", of, got)
		}
	}
}

// Every path that is read exists in openshift/api.
func TestTheFieldsAreThoseOfOpenShift(t *testing.T) {
	for _, f := range validation.Fields(validation.Network) {
		of := reflect.TypeFor[operatorv1.Network]()
		for _, key := range f.Path {
			next, ok := fieldOf(of, key)
			if !ok {
				t.Errorf("openshift/api has no %s in %s", strings.Join(f.Path, "."), of)
				break
			}
			of = next
		}
	}
}

func fieldOf(of reflect.Type, key string) (reflect.Type, bool) {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct {
		return nil, false
	}
	for _, f := range reflect.VisibleFields(of) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == key && name != "" {
			return f.Type, true
		}
	}
	return nil, false
}
