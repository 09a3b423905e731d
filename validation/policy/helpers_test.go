package policy_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"sluice/validation"
)

// parse reads JSON that the test itself wrote.
func parse(t testing.TB, text string) validation.Value {
	t.Helper()
	if text == "" {
		return validation.Value{}
	}
	v, err := validation.ParseJSON([]byte(text))
	if err != nil {
		t.Fatalf("the test's own JSON %s: %v", text, err)
	}
	return v
}

// network is a Network named cluster with spec.exportNetworkFlows.
func network(t testing.TB, flows string) validation.Object {
	t.Helper()
	return validation.Object{Name: validation.ClusterName, ExportNetworkFlows: parse(t, flows)}
}

// flowsConfig is the ConfigMap with some data.
func flowsConfig(t testing.TB, data string) validation.Object {
	t.Helper()
	return validation.Object{
		Resource: validation.FlowsConfig, Name: validation.FlowsConfigName,
		Namespace: validation.FlowsConfigNamespace, Data: parse(t, data),
	}
}

// change is that of one object into another.
func change(old, object validation.Object) validation.Input {
	return validation.Input{Operation: validation.Update, Object: object, Old: &old}
}

// list is a list of one format with collectors.
func list(format validation.Format, collectors ...string) string {
	text, err := json.Marshal(collectors)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{%q:{"collectors":%s}}`, format.Field(), text)
}
