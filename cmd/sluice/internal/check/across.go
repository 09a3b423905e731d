package check

import (
	"sluice/internal/document"
	"sluice/validation"
)

// found is the object of a document of a checked file: its verdict is that of results[index]. It does not
// keep the tree of the document.
type found struct {
	object *validation.Object
	file   int
	index  int
}

// candidates are documents of one kind: how many there are, and the first of them.
type candidates struct {
	count int
	first found
}

func (c *candidates) add(more candidates) {
	if c.count == 0 {
		c.first = more.first
	}
	c.count += more.count
}

// sole is the only one; nil if there is none, or more.
func (c *candidates) sole() *found {
	if c.count != 1 {
		return nil
	}
	return &c.first
}

// compared adds a document, the next one that is reviewed, to those that may be compared.
func (r *review) compared(d document.Document) {
	var of *candidates
	switch d.Kind {
	case document.Network, document.Patch, document.JSONPatch:
		of = &r.networks
	case document.ConfigMap:
		of = &r.configs
	case document.Profile, document.FlowCollector, document.FlowExport:
		return
	}
	if of.count++; of.count == 1 {
		object := d.Object
		of.first = found{object: &object, index: len(r.results)}
	}
}

// across warns about what a Network and the ConfigMap do together. It needs both: one of each
// among the files, or the other one among the stored objects. Of several it is unknown which of
// them meet in one cluster.
func (r *reviewer) across(all []checked) {
	var networks, configs candidates
	for i, f := range all {
		f.networks.first.file, f.configs.first.file = i, i
		networks.add(f.networks)
		configs.add(f.configs)
	}
	network, config, warned := networks.sole(), configs.sole(), (*found)(nil)
	switch {
	case network != nil && config != nil:
		warned = config
	case config != nil && networks.count == 0:
		warned, network = config, r.stored(document.Network)
	case network != nil && configs.count == 0:
		warned, config = network, r.stored(document.ConfigMap)
	}
	if network == nil || config == nil {
		return
	}
	more := validation.NodeAddressAcross(*network.object, r.verdict(*network, all), *config.object, r.verdict(*config, all), warned == network)
	verdict := &all[warned.file].results[warned.index].Verdict
	verdict.Warnings = append(verdict.Warnings, more...)
}

// storedFile is the file of a stored object, which is not among the results.
const storedFile = -1

// stored is the only stored object of a kind; nil if it does not exist or is not known.
func (r *reviewer) stored(kind document.Kind) *found {
	if r.old == nil {
		return nil
	}
	var stored candidates
	for i := range r.old.documents {
		if d := &r.old.documents[i]; d.Kind == kind {
			stored.add(candidates{1, found{&d.Object, storedFile, 0}})
		}
	}
	return stored.sole()
}

func (r *reviewer) verdict(f found, all []checked) validation.Verdict {
	if f.file == storedFile {
		return validation.Review(validation.Input{Object: *f.object, Options: r.base.Options})
	}
	return all[f.file].results[f.index].Verdict
}
