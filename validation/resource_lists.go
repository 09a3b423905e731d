package validation

import "slices"

// flowsField is the path of the lists.
func (r Resource) flowsField() string {
	if r == FlowExport {
		return specField
	}
	return flowsField
}

// formats are those that an object of the resource has lists for.
func (r Resource) formats() []Format {
	if r == FlowExport {
		return []Format{IPFIX}
	}
	all := Formats()
	return all[:]
}

// formatOf returns the format with a key; false if the object has no such list.
func (r Resource) formatOf(key string) (Format, bool) {
	f, known := formatOf(key)
	return f, known && slices.Contains(r.formats(), f)
}

// mostCollectors is how many collectors a list may have.
func (r Resource) mostCollectors() int {
	if r == FlowExport {
		return MaxTenantCollectors
	}
	return MaxCollectors
}
