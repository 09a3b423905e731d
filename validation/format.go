package validation

import "fmt"

// Format is the form in which records leave the cluster.
type Format uint8

// The formats that Open vSwitch exports, in the order of openshift/api's ExportNetworkFlows,
// and then those that only NetObserv sends.
const (
	NetFlow       Format = iota // NetFlow version 5
	SFlow                       // sFlow version 5
	IPFIX                       // RFC 7011
	Kafka                       // messages to Kafka brokers
	OpenTelemetry               // OTLP logs and metrics
	Loki                        // log lines that are pushed to Loki
	// Unrecognized is the format of a destination that can't be read.
	Unrecognized
)

// MaxCollectors is how many collectors the Network CRD stores for one format
// (openshift/api, operator/v1: MaxItems=10).
const MaxCollectors = 10

// MaxTenantCollectors is how many collectors a FlowExport has at most.
const MaxTenantCollectors = 4

// Formats lists the formats that Open vSwitch exports.
func Formats() [3]Format { return [3]Format{NetFlow, SFlow, IPFIX} }

// PolicyFormats lists the formats that a policy can name.
func PolicyFormats() [6]Format {
	return [6]Format{NetFlow, SFlow, IPFIX, Kafka, OpenTelemetry, Loki}
}

// String is the format's name as people write it.
func (f Format) String() string {
	switch f {
	case NetFlow:
		return "NetFlow"
	case SFlow:
		return "sFlow"
	case IPFIX:
		return "IPFIX"
	case Kafka:
		return "Kafka"
	case OpenTelemetry:
		return "OpenTelemetry"
	case Loki:
		return "Loki"
	case Unrecognized:
		return "records"
	}
	return fmt.Sprintf("Format(%d)", uint8(f))
}

// Name is the format's value in Sluice's API, such as NetFlow, SFlow or IPFIX.
func (f Format) Name() string {
	if f == SFlow {
		return "SFlow"
	}
	return f.String()
}

// FormatNamed returns the format of Open vSwitch with this Name; false if it does not exist.
func FormatNamed(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name() == name {
			return f, true
		}
	}
	return 0, false
}

// PolicyFormatNamed returns the format with this Name; false if it does not exist.
func PolicyFormatNamed(name string) (Format, bool) {
	for _, f := range PolicyFormats() {
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
	case Kafka, OpenTelemetry, Loki, Unrecognized:
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
	case NetFlow, Kafka, OpenTelemetry, Loki, Unrecognized:
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
