package splitter

import "time"

// Counts is what came from Open vSwitch, and what became of it.
type Counts struct {
	// Datagrams came from ovs-vswitchd. Foreign ones came from other programs and were refused. Lost ones
	// came from senders of which it was not known in time.
	Datagrams, Foreign, Lost uint64
	// Overflowed datagrams found the receive buffer of the socket full, those of other programs included. Those of
	// ovs-vswitchd with records are also Missed once another one arrives.
	Overflowed uint64
	// Unconfirmed datagrams were dropped, because it was not known whether the interfaces were current.
	Unconfirmed uint64
	// Late is how often it took long until it was known whether the interfaces were current.
	Late uint64
	// Malformed datagrams were dropped from their first error on.
	Malformed uint64
	// NoTemplate are data sets whose template was not seen.
	NoTemplate uint64
	// Missed records were sent by ovs-vswitchd, as its sequence numbers say, and did not arrive. It is not known whose
	// they were. LastMissed is when that was noticed last.
	Missed     uint64
	LastMissed time.Time
	// OtherDomain are data sets of other exporters than the bridge's, such as of dropped packets.
	OtherDomain uint64
	// Records are data records about flows. Each is in at most one of the following, or was delivered.
	Records uint64
	// Unknown name no interface that is known. OfNoPod name one that is not a pod's, or are of no interface. Unclaimed
	// are of a namespace without a FlowExport.
	Unknown, OfNoPod, Unclaimed uint64
	// Ambiguous name an interface that had several owners.
	Ambiguous uint64
	// Copies are second records of packets within a namespace.
	Copies uint64
}
