package validation

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Fields lists the fields of a resource that a verdict depends on. Whatever reads an object
// takes them from here, or is tested against it.
func Fields(r Resource) []Field {
	owners := Field{[]string{"metadata", "ownerReferences"}, func(o *Object) *Value { return &o.OwnerReferences }}
	switch r {
	case FlowsConfig:
		return []Field{
			owners,
			{[]string{"data"}, func(o *Object) *Value { return &o.Data }},
			{[]string{"binaryData"}, func(o *Object) *Value { return &o.BinaryData }},
		}
	case FlowCollector:
		return append([]Field{owners}, flowCollectorFields()...)
	case FlowExport:
		return []Field{owners, {[]string{specField}, func(o *Object) *Value { return &o.ExportNetworkFlows }}}
	case Profile:
		return []Field{owners, {[]string{profileSpec}, func(o *Object) *Value { return &o.Profile }}}
	case Network:
	}
	return []Field{
		owners,
		{[]string{"spec", "exportNetworkFlows"}, func(o *Object) *Value { return &o.ExportNetworkFlows }},
		{[]string{"spec", "clusterNetwork"}, func(o *Object) *Value { return &o.ClusterNetwork }},
		{[]string{"spec", "serviceNetwork"}, func(o *Object) *Value { return &o.ServiceNetwork }},
		{[]string{"spec", "defaultNetwork", "type"}, func(o *Object) *Value { return &o.NetworkType }},
		{[]string{"spec", "managementState"}, func(o *Object) *Value { return &o.ManagementState }},
	}
}

// FromMap reads an object of a resource from its decoded JSON, as a client of the API server
// has it. A field that lies inside of something other than an object is as if it were missing.
// An error says that a field is no JSON, or holds more than one review may.
func FromMap(r Resource, content map[string]any) (Object, error) {
	o := Object{Resource: r}
	metadata, _ := content["metadata"].(map[string]any)
	o.Name, _ = metadata["name"].(string)
	o.Namespace, _ = metadata["namespace"].(string)
	values := NewValueReader()
	for _, f := range Fields(r) {
		found, ok := lookUp(content, f.Path)
		if !ok {
			continue
		}
		if r == FlowsConfig {
			found = withoutUnread(f.Path[0], found)
		}
		text, err := json.Marshal(found)
		if err != nil {
			return o, fmt.Errorf("%s: %w", strings.Join(f.Path, "."), err)
		}
		if *f.Of(&o), err = values.Read(text); err != nil {
			return o, fmt.Errorf("%s: %w", strings.Join(f.Path, "."), err)
		}
	}
	return o, nil
}

// withoutUnread empties the texts of keys that nothing reads: a ConfigMap can have a megabyte of them.
func withoutUnread(field string, found any) any {
	members, ok := found.(map[string]any)
	if !ok {
		return found
	}
	read := make(map[string]any, len(members))
	for key, value := range members {
		if _, isText := value.(string); isText && (field != "data" || !FlowsConfigKey(key)) {
			value = ""
		}
		read[key] = value
	}
	return read
}

// lookUp follows keys; false if there is nothing.
func lookUp(content map[string]any, path []string) (any, bool) {
	var found any = content
	for _, key := range path {
		inside, ok := found.(map[string]any)
		if !ok {
			return nil, false
		}
		if found, ok = inside[key]; !ok {
			return nil, false
		}
	}
	return found, true
}
