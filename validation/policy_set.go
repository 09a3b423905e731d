package validation

import (
	"net/netip"
	"strconv"
)

// PolicySet says who may send where. It is asked about every change, malformed ones
// included. An implementation is immutable and safe for concurrent use.
type PolicySet interface {
	// Evaluate returns what the user may not do of this change, in stable order.
	Evaluate(User, Change) Decision
}

// Decision is what policies say of a change, in stable order.
type Decision struct {
	// Denied is what the change is refused for, Warned what the user is told, and Audited
	// what only the audit log is told.
	Denied, Warned, Audited []Denial
	// Allowed names what the allow rules match, if Denied has an address that they don't match or
	// that a deny rule matches; AllowedWarned is the same for Warned. They are empty if there are
	// no allow rules.
	Allowed, AllowedWarned string
	// AppliedPolicies are the names of the policies that apply to the user, sorted.
	AppliedPolicies []string
	// Omitted counts what is left out of Denied beyond Change.MaxDenials.
	Omitted int
}

// Change is what a request does to the collectors of one object.
type Change struct {
	Resource Resource
	// Namespace is that of a FlowExport.
	Namespace Namespace
	// Create says that there was no object before, and that the new one is whole.
	Create bool
	// Added and Removed are the difference to the old object; Result is what the object then
	// holds.
	Added, Removed, Result []Collector
	// AddsOwner says that the change adds an owner reference. Kubernetes' garbage collector can then
	// delete the object, now or later, with all that it will hold.
	AddsOwner bool
	// Settings are those that the change gives a value, and Stops is what stops the export to
	// collectors that stay; nil if nothing does.
	Settings []SettingChange
	Stops    *Stop
	// MaxDenials bounds the denials of each enforcement that are listed; 0 is no bound.
	MaxDenials int
}

// ListField is the path at which the object names its collectors of a format.
func (c Change) ListField(f Format) string {
	switch c.Resource {
	case FlowsConfig:
		return "data"
	case Profile:
		return profileSpec
	case FlowCollector:
		return "spec"
	case Network, FlowExport:
	}
	return c.Resource.flowsField() + "." + f.Field() + ".collectors"
}

// Collector is one place that records of one format are sent to.
type Collector struct {
	Format Format
	// Addr has no valid address where the ConfigMap names a port alone: records then go to
	// that port of each node's own address.
	Addr netip.AddrPort
	// Host is the name of a destination that is not an address: in lower case, without the final
	// dot. Addr has only the port then. Only a FlowCollector can have one.
	Host string
	// Unknown names a destination of a FlowCollector that can't be read. It is not empty: records
	// may go anywhere. Addr and Host are empty then.
	Unknown string
	// Content tells destinations apart that can't be read: all that the object says of one.
	Content string
	// Field is the path of the user's entry, and Position its place in the file; both are
	// empty where the collector is not one of an object's.
	Field    string
	Position Position
}

// Is reports whether two collectors are the same one, wherever they are written.
func (c Collector) Is(other Collector) bool { return c.Place() == other.Place() }

// Place is the collector without where it is written: two with the same Place are the same one.
func (c Collector) Place() Collector {
	return Collector{Format: c.Format, Addr: c.Addr, Host: c.Host, Unknown: c.Unknown, Content: c.Content}
}

// Text is the canonical text of the address or host name, and the port.
func (c Collector) Text() string {
	switch {
	case c.Unknown != "":
		return c.Unknown
	case c.Host != "":
		return c.Host + ":" + strconv.Itoa(int(c.Addr.Port()))
	}
	return collectorText(c.Addr)
}

// String names the collector for people: format, address and port.
func (c Collector) String() string { return c.Format.String() + " " + c.Text() }
