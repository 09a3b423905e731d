package validation

import (
	"encoding/json"
	"net/netip"
)

// Flows is a spec.exportNetworkFlows in canonical form: the collectors of each format, in
// the user's order. A format without collectors is not exported.
type Flows struct{ NetFlow, SFlow, IPFIX []Entry }

// Entry is one item of a list as it is stored.
type Entry struct {
	// Addr is the collector. It has no valid address where the ConfigMap names a port alone:
	// records then go to that port of each node's own address.
	Addr netip.AddrPort
	// Unreadable is the text of an item that is not a collector, but that the stored object
	// has already: it is kept as it is. Addr is the zero value then.
	Unreadable string
}

// String is the item's text, such as "192.0.2.1:2055", "[2001:db8::1]:2055" or ":2055".
func (e Entry) String() string {
	if e.Unreadable != "" {
		return e.Unreadable
	}
	return collectorText(e.Addr)
}

// MarshalText implements [encoding.TextMarshaler]: an item is a string in JSON.
func (e Entry) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// Texts are the texts of items.
func Texts(list []Entry) []string {
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = e.String()
	}
	return texts
}

// Of returns the list of one format.
func (f Flows) Of(format Format) []Entry {
	return [...][]Entry{NetFlow: f.NetFlow, SFlow: f.SFlow, IPFIX: f.IPFIX}[format]
}

// Collectors returns the collectors of one format, without what is unreadable.
func (f Flows) Collectors(format Format) []netip.AddrPort {
	list := f.Of(format)
	collectors := make([]netip.AddrPort, 0, len(list))
	for _, e := range list {
		if e.Unreadable == "" {
			collectors = append(collectors, e.Addr)
		}
	}
	return collectors
}

// IsEmpty reports whether nothing is exported.
func (f Flows) IsEmpty() bool { return len(f.NetFlow)+len(f.SFlow)+len(f.IPFIX) == 0 }

func (f *Flows) set(format Format, list []Entry) {
	*[...]*[]Entry{NetFlow: &f.NetFlow, SFlow: &f.SFlow, IPFIX: &f.IPFIX}[format] = list
}

// MarshalJSON writes the value of spec.exportNetworkFlows.
func (f Flows) MarshalJSON() ([]byte, error) {
	type block struct {
		Collectors []Entry `json:"collectors"`
	}
	var out struct {
		NetFlow *block `json:"netFlow,omitempty"`
		SFlow   *block `json:"sFlow,omitempty"`
		IPFIX   *block `json:"ipfix,omitempty"`
	}
	for format, to := range [...]**block{NetFlow: &out.NetFlow, SFlow: &out.SFlow, IPFIX: &out.IPFIX} {
		if list := f.Of(Format(format)); len(list) > 0 {
			*to = &block{list}
		}
	}
	return json.Marshal(out)
}
