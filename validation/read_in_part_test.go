package validation_test

import (
	"fmt"
	"strings"
	"testing"

	"sluice/validation"
)

// targetOf is the data of a ConfigMap with n collectors.
func targetOf(n int) string {
	return fmt.Sprintf(`{"sharedTarget":%q}`, strings.ReplaceAll(strings.Join(many(n), ","), ":2055", ":1"))
}

// longText is the data of a ConfigMap whose key is longer than what is read.
func longText(key string) string {
	return fmt.Sprintf(`{%q:"%s","sampling":"2"}`, key, strings.Repeat("1", validation.MaxText))
}

func TestTheTargetOfTheConfigMapHasALimit(t *testing.T) {
	const tooMany, kept = "error too-many-collectors data.sharedTarget", "warning too-many-collectors data.sharedTarget (unchanged)"
	ten := strings.TrimSuffix(targetOf(10), `"}`)
	checkFlowsConfigs(t, []verdictCase{
		{name: "ten", now: targetOf(10), want: []string{"Accepted"}},
		{name: "eleven", now: targetOf(11), want: []string{"Rejected", tooMany}},
		{name: "as many as are read", now: targetOf(1000), want: []string{"Rejected", tooMany}},
		{name: "one more than is read", now: targetOf(1001), want: []string{"Rejected", tooMany}},
		{name: "longer than is read", now: targetOf(2000), want: []string{"Rejected", "error wrong-type data.sharedTarget"}},
		{name: "more than is read, and is stored", old: targetOf(1001), now: targetOf(1001), want: []string{"Rejected", tooMany}},
		{name: "unchanged", old: targetOf(12), now: targetOf(12), want: []string{"Accepted", kept}},
		{name: "shorter", old: targetOf(12), now: targetOf(11), want: []string{"Accepted", kept}},
		{name: "short enough", old: targetOf(1001), now: targetOf(10), want: []string{"Accepted"}},
		{name: "one of the stored ones replaced", old: targetOf(12), now: strings.Replace(targetOf(12), "10.0.0.1:1", "10.9.9.9:1", 1), want: []string{"Rejected", tooMany}},
		{
			name: "duplicates do not count", now: ten + `,10.0.0.0:1"}`,
			want: []string{"Normalized", "warning duplicate data.sharedTarget -> " + strings.Trim(strings.TrimPrefix(targetOf(10), `{"sharedTarget":`), `"}`), `replace /data/sharedTarget "` + strings.Trim(strings.TrimPrefix(targetOf(10), `{"sharedTarget":`), `"}`) + `"`},
		},
		{name: "malformed ones count", now: ten + `,x"}`, want: []string{"Rejected", "error hostname data.sharedTarget", "error missing-port data.sharedTarget", tooMany}},
	})
}

func TestAStringThatIsTooLongIsRefusedWhereItIsRead(t *testing.T) {
	long := `"` + strings.Repeat("1", validation.MaxText) + `"`
	for _, key := range []string{"sharedTarget", "nodePort", "cacheActiveTimeout", "cacheMaxFlows", "sampling"} {
		data := longText(key)
		if key == "sampling" {
			data = strings.Replace(data, `,"sampling":"2"`, "", 1)
		}
		v := validation.Review(validation.Input{Object: flowsConfig(t, data)})
		if v.Outcome() != validation.Rejected || !strings.HasPrefix(v.Errors[0].Message, "is a string of more than 16384 bytes; write ") || v.Errors[0].Field != "data."+key {
			t.Errorf("%s: %+v", key, v.Errors)
		}
	}
	checkFlowsConfigs(t, []verdictCase{
		{name: "a key that nothing reads", now: exported(`"foo":` + long), want: []string{"Accepted", "warning key-ignored data.foo"}},
	})
	checkNetworks(t, []verdictCase{
		{name: "an entry", now: `{"netFlow":{"collectors":[` + long + `]}}`, want: []string{"Rejected", "error wrong-type netFlow.collectors[0]"}},
		{name: "a list", now: `{"netFlow":{"collectors":` + long + `}}`, want: []string{"Rejected", "error wrong-type netFlow.collectors"}},
		{name: "a stored entry", old: `{"netFlow":{"collectors":[` + long + `]}}`, now: `{"netFlow":{"collectors":[` + long + `]}}`, want: []string{"Rejected", "error wrong-type netFlow.collectors[0]"}},
		{name: "the object", now: long, want: []string{"Rejected", "error wrong-type spec.exportNetworkFlows"}},
	})
	if _, err := validation.ParseJSON([]byte(`{` + long + `:1}`)); err == nil || !strings.Contains(err.Error(), "key of more than 16384 bytes") {
		t.Errorf("a long key: %v", err)
	}
}

// applying is a policy that applies and denies nothing.
type applying struct{ names []string }

func (a applying) Evaluate(validation.User, validation.Change) validation.Decision {
	return validation.Decision{AppliedPolicies: a.names}
}

// Policies can't say what a change removes if the stored object is not known as a whole.
func TestAStoredObjectThatIsReadInPartIsNotJudged(t *testing.T) {
	long := strings.Repeat("1", validation.MaxText)
	flows := func(t testing.TB, value string) validation.Object {
		return validation.Object{Name: validation.ClusterName, ExportNetworkFlows: parse(t, value)}
	}
	for name, old := range map[string]validation.Object{
		"too many collectors":        flowsConfig(t, targetOf(1001)),
		"too long a target":          flowsConfig(t, longText("sharedTarget")),
		"too long a port":            flowsConfig(t, longText("nodePort")),
		"too long an entry":          flows(t, `{"ipfix":{"collectors":["10.0.0.1:1","`+long+`"]}}`),
		"too many entries":           flows(t, `{"ipfix":{"collectors":["10.0.0.1:1"`+strings.Repeat(`,"10.0.0.1:1"`, 1000)+`]}}`),
		"too many in one entry":      flows(t, `{"ipfix":{"collectors":["10.0.0.1:1`+strings.Repeat(",::1", 1001)+`"]}}`),
		"too many in one text":       flows(t, `{"ipfix":{"collectors":"10.0.0.1:1`+strings.Repeat(",::1", 1001)+`"}}`),
		"something else is too long": flows(t, `{"ipfix":{"collectors":["10.0.0.1:1"]},"x":"`+long+`"}`),
	} {
		t.Run(name, func(t *testing.T) {
			for _, operation := range []validation.Operation{validation.Update, validation.Delete} {
				in := update(old, validation.Object{Resource: old.Resource})
				in.Operation = operation
				in.Policies = applying{}
				if v := validation.Review(in); v.Outcome() != validation.Accepted {
					t.Errorf("without a policy that applies: %+v", v.Errors)
				}
				in.Policies = applying{[]string{"siem"}}
				v := validation.Review(in)
				if v.Outcome() != validation.Rejected || !strings.Contains(v.Errors[0].Message, "ask a user who is exempt") {
					t.Errorf("with one: %s %+v", v.Outcome(), v.Errors)
				}
			}
		})
	}
	in := update(flowsConfig(t, `{"sharedTarget":"10.0.0.1:1","foo":"`+long+`"}`), flowsConfig(t, ""))
	in.Policies = applying{[]string{"siem"}}
	if v := validation.Review(in); v.Outcome() != validation.Accepted {
		t.Errorf("a key that nothing reads: %+v", v.Errors)
	}
}
