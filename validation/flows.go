package validation

// Edit changes one place of the object.
type Edit struct {
	// Pointer is the place, as a JSON pointer (RFC 6901).
	Pointer string
	// Remove drops the place. Otherwise it is replaced by List, or by Text if List is nil.
	Remove bool
	List   []string
	Text   string
	// From tells for each item of List the index of the entry it came from.
	From []int
}

// Exports is a canonical spec.exportNetworkFlows.
type Exports struct {
	NetFlow *Collectors `json:"netFlow,omitempty"`
	SFlow   *Collectors `json:"sFlow,omitempty"`
	IPFIX   *Collectors `json:"ipfix,omitempty"`
}

// Collectors is the list of one format.
type Collectors struct {
	Collectors []string `json:"collectors"`
}

// Of returns the list of one format, nil if it is not exported.
func (e Exports) Of(f Format) []string {
	c := [...]*Collectors{NetFlow: e.NetFlow, SFlow: e.SFlow, IPFIX: e.IPFIX}[f]
	if c == nil {
		return nil
	}
	return c.Collectors
}

func (e *Exports) set(f Format, collectors []string) {
	if len(collectors) == 0 {
		return
	}
	c := &Collectors{Collectors: collectors}
	switch f {
	case NetFlow:
		e.NetFlow = c
	case SFlow:
		e.SFlow = c
	case IPFIX:
		e.IPFIX = c
	}
}
