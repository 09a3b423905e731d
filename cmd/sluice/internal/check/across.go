package check

import (
	"sluice/internal/document"
	"sluice/validation"
)

// found is a document of a checked file: its verdict is that of results[index].
type found struct {
	document document.Document
	file     int
	index    int
}

// across warns about what a Network and the ConfigMap do together. It needs both: one of each
// among the files, or the other one among the stored objects. Of several it is unknown which of
// them meet in one cluster.
func (r reviewer) across(all []checked) {
	var networks, configs []found
	for i, f := range all {
		for k, d := range f.documents {
			switch d.Kind {
			case document.Network, document.Patch, document.JSONPatch:
				networks = append(networks, found{d, i, k})
			case document.ConfigMap:
				configs = append(configs, found{d, i, k})
			case document.Profile, document.FlowCollector:
			}
		}
	}
	network, config, warned := sole(networks), sole(configs), (*found)(nil)
	switch {
	case network != nil && config != nil:
		warned = config
	case config != nil && len(networks) == 0:
		warned, network = config, r.stored(document.Network)
	case network != nil && len(configs) == 0:
		warned, config = network, r.stored(document.ConfigMap)
	}
	if network == nil || config == nil {
		return
	}
	more := validation.NodeAddressAcross(network.document.Object, r.verdict(*network, all), config.document.Object, r.verdict(*config, all), warned == network)
	verdict := &all[warned.file].results[warned.index].Verdict
	verdict.Warnings = append(verdict.Warnings, more...)
}

// sole is the only item of a list; nil if there is none, or more.
func sole(list []found) *found {
	if len(list) != 1 {
		return nil
	}
	return &list[0]
}

// storedFile is the file of a stored object, which is not among the results.
const storedFile = -1

// stored is the only stored object of a kind; nil if it does not exist or is not known.
func (r reviewer) stored(kind document.Kind) *found {
	if r.old == nil {
		return nil
	}
	var list []found
	for _, d := range r.old.documents {
		if d.Kind == kind {
			list = append(list, found{d, storedFile, 0})
		}
	}
	return sole(list)
}

func (r reviewer) verdict(f found, all []checked) validation.Verdict {
	if f.file == storedFile {
		return validation.Review(validation.Input{Object: f.document.Object, Options: r.base.Options})
	}
	return all[f.file].results[f.index].Verdict
}
