// Package collector receives flow records, as NetFlow v5, sFlow v5 and IPFIX, and says what
// it got.
//
// A [Decoder] is a function of datagrams and the IPFIX templates it has seen. [Receive]
// feeds it from a connection, and a [Tally] counts what it says. The collector answers
// whether records arrive and what they describe; it stores none.
//
// Anyone can send a datagram, with any source address. So each is bounded: what it may
// allocate is proportional to its length, and what is kept of all of them has a fixed
// limit.
package collector
