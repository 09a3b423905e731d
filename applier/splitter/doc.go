// Package splitter gives each tenant the records of its own flows. It reads the IPFIX that Open
// vSwitch sends for a whole bridge, selects each record by the interfaces that it names, and encodes
// the selected ones again (RFC 7011) for the collectors of the namespace that the interface belongs to.
//
// Open vSwitch reports a packet when it enters the bridge and when it leaves it. A record of a packet
// that leaves names both interfaces: the one that it came in by, and then the one that it leaves by.
// So a record belongs to the namespace of the interface where the packet was observed, and a packet
// between two pods of one namespace is not reported a second time. Addresses are never compared: pods
// choose them, and networks may share them.
//
// A record is copied byte for byte, with three exceptions. What is about others is left out: counters of the
// whole exporter, and the interface of the other end. Times are absolute, because the original ones are
// relative to the original message.
package splitter
