package preview_test

import (
	"encoding/json"
	"testing"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"

	"sluice/applier/preview"
	"sluice/validation"
)

// A patch that is made from two values turns one into the other.
func TestAPatchTurnsTheStoredListsIntoThoseOfTheFile(t *testing.T) {
	for name, c := range map[string]struct{ stored, wanted string }{
		"nothing stored":     {`{}`, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`},
		"a list is removed":  {`{"netFlow":{"collectors":["192.0.2.1:2055"]},"ipfix":{"collectors":["192.0.2.1:4739"]}}`, `{"ipfix":{"collectors":["192.0.2.1:4739"]}}`},
		"a list is changed":  {`{"netFlow":{"collectors":["192.0.2.1:2055","192.0.2.2:2055"]}}`, `{"netFlow":{"collectors":["192.0.2.2:2055"]}}`},
		"wrong types":        {`{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, `{"netFlow":{"collectors":[1,true,{"a":"b"}]},"sFlow":"x"}`},
		"a list becomes one": {`{"netFlow":"x"}`, `{"netFlow":{"collectors":[]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			read := func(flows string) validation.Value {
				var object map[string]any
				if err := json.Unmarshal([]byte(`{"spec":{"exportNetworkFlows":`+flows+`}}`), &object); err != nil {
					t.Fatal(err)
				}
				o, err := validation.FromMap(validation.Network, object)
				if err != nil {
					t.Fatal(err)
				}
				return o.ExportNetworkFlows
			}
			patch, err := preview.FlowsPatch(read(c.stored), read(c.wanted))
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(patch)
			if err != nil {
				t.Fatal(err)
			}
			got, err := jsonpatch.MergePatch([]byte(`{"spec":{"exportNetworkFlows":`+c.stored+`}}`), text)
			if err != nil {
				t.Fatal(err)
			}
			if want := `{"spec":{"exportNetworkFlows":` + c.wanted + `}}`; !jsonpatch.Equal(got, []byte(want)) {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}
