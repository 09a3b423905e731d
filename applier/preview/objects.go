package preview

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	kjson "k8s.io/apimachinery/pkg/util/json"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/validation"
)

// Objects are the objects of a cluster that files are applied to.
type Objects struct {
	// network is the stored Network as JSON; nil if it does not exist. created is the Network that a file
	// creates then.
	network []byte
	created map[string]any
	others  map[ID]*object
}

// ID identifies an object: a FlowExportProfile, the ConfigMap ovs-flows-config, or the Network.
type ID struct {
	Resource validation.Resource
	Name     string
}

// String names the object as kubectl does.
func (id ID) String() string {
	switch id.Resource {
	case validation.FlowsConfig:
		return "configmap/" + id.Name
	case validation.Profile:
		return "flowexportprofile/" + id.Name
	case validation.Network, validation.FlowCollector, validation.FlowExport:
	}
	return "network.operator/" + id.Name
}

// Read takes in the objects of a cluster; nil are those that do not exist.
func Read(network, config *unstructured.Unstructured, profiles []unstructured.Unstructured) (desired.Inputs, *Objects, error) {
	var in desired.Inputs
	o := &Objects{others: map[ID]*object{}}
	if network != nil {
		n, err := desired.ReadNetwork(network)
		if err != nil {
			return in, nil, err
		}
		in.Network = &n
		if o.network, err = encoded(network.Object); err != nil {
			return in, nil, err
		}
	}
	if config != nil {
		if err := o.store(&in, ID{validation.FlowsConfig, validation.FlowsConfigName}, config.Object); err != nil {
			return in, nil, err
		}
	}
	for i := range profiles {
		if err := o.store(&in, ID{validation.Profile, profiles[i].GetName()}, profiles[i].Object); err != nil {
			return in, nil, err
		}
	}
	return in, o, nil
}

// of are the objects of inputs, of which it is not known what was applied before.
func of(in *desired.Inputs) (*Objects, error) {
	o := &Objects{others: map[ID]*object{}}
	if in.FlowsConfig != nil {
		data := map[string]any{}
		for key, value := range in.FlowsConfig {
			data[key] = value
		}
		o.others[ID{validation.FlowsConfig, validation.FlowsConfigName}] = stored(map[string]any{"data": data})
	}
	for i := range in.Profiles {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&in.Profiles[i])
		if err != nil {
			return nil, fmt.Errorf("FlowExportProfile %s: %w", in.Profiles[i].Name, err)
		}
		o.others[ID{validation.Profile, in.Profiles[i].Name}] = stored(content)
	}
	return o, nil
}

// store takes in a stored object.
func (o *Objects) store(in *desired.Inputs, id ID, content map[string]any) error {
	o.others[id] = stored(content)
	return put(in, id, content)
}

// apply applies the object of a file.
func (o *Objects) apply(in *desired.Inputs, id ID, file map[string]any) error {
	known := o.others[id]
	if known == nil {
		known = &object{}
		o.others[id] = known
	}
	if err := known.apply(file); err != nil {
		return fmt.Errorf("%s: %w", id, err)
	}
	if id.Resource != validation.Profile {
		return put(in, id, known.now)
	}
	err := put(in, id, WithDefaults(known.now))
	if err == nil {
		return nil
	}
	if why, unread := o.Refused(id); unread == nil && why != "" {
		return fmt.Errorf("%s: %s", id, why)
	}
	return err
}

// Write is a change of an object by "kubectl apply".
type Write struct {
	ID
	// Create says that the object does not exist. Content is the object then, otherwise a merge patch.
	Create  bool
	Content map[string]any
}

// Writes are the changes that the files make, except those of a Network that exists.
func (o *Objects) Writes() ([]Write, error) {
	var list []Write
	if o.created != nil {
		list = append(list, Write{ID{validation.Network, validation.ClusterName}, true, o.created})
	}
	for _, id := range o.IDs() {
		known := o.others[id]
		if known.stored == nil {
			list = append(list, Write{id, true, runtime.DeepCopyJSON(known.now)})
			continue
		}
		patch, err := known.patch()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
		if len(patch) > 0 {
			list = append(list, Write{id, false, patch})
		}
	}
	return list, nil
}

// Answered takes in what the API server would store of an object.
func Answered(in *desired.Inputs, id ID, content map[string]any) error { return put(in, id, content) }

// IDs are the FlowExportProfiles and the ConfigMap, sorted.
func (o *Objects) IDs() []ID {
	return slices.SortedFunc(maps.Keys(o.others), func(a, b ID) int { return strings.Compare(a.String(), b.String()) })
}

// put sets an object in the inputs.
func put(in *desired.Inputs, id ID, content map[string]any) error {
	switch id.Resource {
	case validation.Profile:
		p, err := profileOf(content)
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		in.Profiles = replace(in.Profiles, p)
	case validation.FlowsConfig:
		data, _ := content["data"].(map[string]any)
		config := map[string]string{}
		for key, value := range data {
			text, ok := value.(string)
			if !ok {
				return fmt.Errorf("%s: data.%s is not a text; write it in quotes", id, key)
			}
			config[key] = text
		}
		in.FlowsConfig = config
	case validation.Network:
		network, err := desired.ReadNetwork(&unstructured.Unstructured{Object: content})
		if err != nil {
			return err
		}
		in.Network = &network
	case validation.FlowCollector, validation.FlowExport: // of no node
	}
	return nil
}

func profileOf(content map[string]any) (v1alpha1.FlowExportProfile, error) {
	var p v1alpha1.FlowExportProfile
	text, err := encoded(content)
	if err != nil {
		return p, err
	}
	if err := kjson.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("it can't be read: %w", err)
	}
	return p, nil
}

func replace(list []v1alpha1.FlowExportProfile, p v1alpha1.FlowExportProfile) []v1alpha1.FlowExportProfile {
	for i := range list {
		if list[i].Name == p.Name {
			list = slices.Clone(list)
			list[i] = p
			return list
		}
	}
	return append(slices.Clone(list), p)
}

// object is an object with what was applied to it.
type object struct {
	// stored is nil if it does not exist.
	stored map[string]any
	// before is what was applied before; nil if that is not known, or nothing was. now is the object with
	// the files that were applied.
	before, now map[string]any
}

func stored(content map[string]any) *object {
	return &object{stored: content, before: appliedBefore(content), now: content}
}

// patch is the merge patch that makes of the stored object what it is with the files.
func (o *object) patch() (map[string]any, error) {
	from, err := encoded(o.stored)
	if err != nil {
		return nil, err
	}
	to, err := encoded(o.now)
	if err != nil {
		return nil, err
	}
	text, err := jsonpatch.CreateMergePatch(from, to)
	if err != nil {
		return nil, fmt.Errorf("compare with the stored object: %w", err)
	}
	return decoded(text)
}

func encoded(content map[string]any) ([]byte, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("write it as JSON: %w", err)
	}
	return text, nil
}

func decoded(text []byte) (map[string]any, error) {
	var content map[string]any
	if err := kjson.Unmarshal(text, &content); err != nil {
		return nil, fmt.Errorf("read it as JSON: %w", err)
	}
	return content, nil
}
