package validation

import "fmt"

// Format is a record format that Open vSwitch exports.
type Format uint8

// The formats, in the order of openshift/api's ExportNetworkFlows.
const (
	NetFlow Format = iota // NetFlow version 5
	SFlow                 // sFlow version 5
	IPFIX                 // RFC 7011
)

// MaxCollectors is how many collectors the Network CRD stores for one format
// (openshift/api, operator/v1: MaxItems=10).
const MaxCollectors = 10

// Formats lists every format.
func Formats() [3]Format { return [3]Format{NetFlow, SFlow, IPFIX} }

// String is the format's name as people write it.
func (f Format) String() string {
	switch f {
	case NetFlow:
		return "NetFlow"
	case SFlow:
		return "sFlow"
	case IPFIX:
		return "IPFIX"
	}
	return fmt.Sprintf("Format(%d)", uint8(f))
}

// Name is the format's value in Sluice's API: NetFlow, SFlow or IPFIX.
func (f Format) Name() string {
	if f == SFlow {
		return "SFlow"
	}
	return f.String()
}

// FormatNamed returns the format with this Name; false if it does not exist.
func FormatNamed(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name() == name {
			return f, true
		}
	}
	return 0, false
}

// Field is the format's key in spec.exportNetworkFlows; note ipfix, all in lower case.
func (f Format) Field() string {
	switch f {
	case NetFlow:
		return "netFlow"
	case SFlow:
		return "sFlow"
	case IPFIX:
		return "ipfix"
	}
	return f.String()
}

// UsualPort is the UDP port that collectors of the format commonly listen on: 4739 for
// IPFIX and 6343 for sFlow are IANA's, 2055 is NetFlow's by custom.
func (f Format) UsualPort() uint16 {
	switch f {
	case SFlow:
		return 6343
	case IPFIX:
		return 4739
	case NetFlow:
	}
	return 2055
}

func formatOf(field string) (Format, bool) {
	for _, f := range Formats() {
		if f.Field() == field {
			return f, true
		}
	}
	return 0, false
}
