package splitter

// The information elements that are read or changed (IANA's registry).
const (
	ingressInterface       = 10
	egressInterface        = 14
	interfaceName          = 82
	interfaceDescription   = 83
	exporterObservation    = 149 // observationDomainId
	flowStartMilliseconds  = 152
	flowEndMilliseconds    = 153
	flowStartDelta         = 158 // in microseconds before the message's export time
	flowEndDelta           = 159
	selectorAlgorithm      = 304
	samplingProbability    = 311
	ingressInterfaceType   = 368
	egressInterfaceType    = 369
	uniformProbabilistic   = 4 // a selectorAlgorithm (RFC 5477, 8.2.1)
	enterpriseBit          = 0x8000
	variableLength         = 0xffff
	lengthOfDelta          = 4
	lengthOfMilliseconds   = 8
	lengthOfInterfaceIndex = 4
)

// exporterWide reports whether an element counts what the whole exporter saw, other tenants' traffic
// included. Open vSwitch puts such counters into each record (ofproto/ofproto-dpif-ipfix.c,
// dpif_ipfix_global_stats), where they also confuse collectors that prefer totals to deltas.
func exporterWide(element uint16) bool {
	switch element {
	case 85, 86, // octets, packets
		134, 135, // dropped octets, packets
		174, 175, // multicast packets, octets
		199,                          // sum of the squares of octets
		218, 219, 220, 221, 222, 223, // TCP flags
		353,                     // layer 2 octets
		355, 356, 357, 358, 359: // packets by direction and kind of destination
		return true
	}
	return false
}
