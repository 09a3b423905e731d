package preview

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	kyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/internal/document"
	"sluice/validation"
)

// Merge merges the manifests of a file into the inputs from a cluster: a Network, a bare patch
// for it, the ConfigMap ovs-flows-config and FlowExportProfiles; others are ignored. stored is
// the stored Network as JSON; nil if it does not exist.
func Merge(in *desired.Inputs, name string, data, stored []byte) error {
	docs, err := document.Parse(name, data)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	found := len(docs) > 0
	for _, d := range docs {
		switch d.Kind {
		case document.Profile, document.FlowCollector, document.FlowExport:
			continue // profilesOf reads a profile as a whole; nodes know nothing of a FlowCollector
		case document.ConfigMap:
			in.FlowsConfig = map[string]string{}
			for _, m := range d.Object.Data.Members {
				in.FlowsConfig[m.Key] = m.Value.Text
			}
			continue
		case document.Network, document.Patch, document.JSONPatch:
		}
		if d, err = applied(d, stored); err != nil {
			return err
		}
		network := desired.Network{Object: d.Object}
		if in.Network != nil {
			network.Generation = in.Network.Generation
		}
		in.Network = &network
	}
	profiles, err := profilesOf(name, data)
	if err != nil {
		return err
	}
	for _, p := range profiles {
		in.Profiles = replace(in.Profiles, p)
	}
	if !found && len(profiles) == 0 {
		return fmt.Errorf("%s: contains no Network.operator, no patch of one (\"spec:\" with exportNetworkFlows), no ConfigMap ovs-flows-config and no FlowExportProfile", name)
	}
	return nil
}

// fieldManager is that of kubectl.
const fieldManager = "kubectl"

// applied is what "kubectl apply" or a patch makes of the stored Network.
func applied(d document.Document, stored []byte) (document.Document, error) {
	if stored == nil {
		return d, nil
	}
	old, err := document.Parse("the stored Network.operator", stored)
	if err != nil || len(old) != 1 {
		return d, errors.Join(errors.New("the stored Network.operator can't be read"), err)
	}
	return d.AppliedTo(old[0], fieldManager)
}

func profilesOf(name string, data []byte) ([]v1alpha1.FlowExportProfile, error) {
	var list []v1alpha1.FlowExportProfile
	for reader := kyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data))); ; {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		var p v1alpha1.FlowExportProfile
		if yaml.Unmarshal(text, &p) != nil || p.Kind != "FlowExportProfile" {
			var kind struct{ Kind string }
			if yaml.Unmarshal(text, &kind) == nil && kind.Kind == "FlowExportProfile" {
				return nil, fmt.Errorf("%s: %w", name, yaml.Unmarshal(text, &p))
			}
			continue
		}
		if err := yaml.UnmarshalStrict(text, &p); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		list = append(list, p)
	}
}

func replace(list []v1alpha1.FlowExportProfile, p v1alpha1.FlowExportProfile) []v1alpha1.FlowExportProfile {
	for i := range list {
		if list[i].Name == p.Name {
			list[i] = p
			return list
		}
	}
	return append(list, p)
}

// Stored is a Network's JSON from an object that was read.
func Stored(object map[string]any) ([]byte, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("write %s as JSON: %w", validation.Network, err)
	}
	return text, nil
}
