package preview

import (
	"errors"
	"fmt"

	"sluice/applier/desired"
	"sluice/internal/document"
	"sluice/validation"
)

// Merge merges the manifests of a file into the inputs from a cluster, as "kubectl apply" does: a Network, a bare patch
// for it, the ConfigMap ovs-flows-config and FlowExportProfiles; others are ignored. objects are those of the cluster,
// with the files before; nil if the inputs say all that is known of them. Profiles get the defaults of their schema.
func Merge(in *desired.Inputs, name string, data []byte, objects *Objects) error {
	docs, err := document.Parse(name, data)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(docs) == 0 {
		return fmt.Errorf("%s: contains no Network.operator, no patch of one (\"spec:\" with exportNetworkFlows), no ConfigMap ovs-flows-config and no FlowExportProfile", name)
	}
	if objects == nil {
		if objects, err = of(in); err != nil {
			return err
		}
	}
	for _, d := range docs {
		switch d.Kind {
		case document.FlowCollector, document.FlowExport:
			continue // nodes know nothing of a FlowCollector
		case document.Profile, document.ConfigMap:
			if err := objects.manifest(in, d); err != nil {
				return fmt.Errorf("%s:%d: %w", d.File, d.Line, err)
			}
			continue
		case document.Network, document.Patch, document.JSONPatch:
		}
		if objects.network == nil && d.Kind == document.Network {
			content, err := d.Content()
			if err != nil {
				return err
			}
			objects.created = sent(content)
		}
		if d, err = applied(d, objects.network); err != nil {
			return err
		}
		network := desired.Network{Object: d.Object}
		if in.Network != nil {
			network.Generation = in.Network.Generation
		}
		in.Network = &network
	}
	return nil
}

// manifest applies a FlowExportProfile or the ConfigMap.
func (o *Objects) manifest(in *desired.Inputs, d document.Document) error {
	for _, f := range d.Findings {
		if f.Rule == validation.RuleUnknownField || f.Rule == validation.RuleDuplicateField {
			return fmt.Errorf("%s %s: %s", d.Kind, d.Name, f.Line())
		}
	}
	content, err := d.Content()
	if err != nil {
		return err
	}
	id := ID{validation.Profile, d.Name}
	if d.Kind == document.ConfigMap {
		id = ID{validation.FlowsConfig, validation.FlowsConfigName}
		metadata, _ := content["metadata"].(map[string]any)
		metadata["namespace"] = validation.FlowsConfigNamespace
	}
	if id.Name == "" {
		return fmt.Errorf("%s: it has no metadata.name", d.Kind)
	}
	return o.apply(in, id, content)
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
