package validation

import (
	"fmt"
	"strings"
)

// The default ports of the FlowCollector's schema, and of clients of Kafka.
const (
	defaultIPFIXPort = 4739
	defaultOTLPPort  = 4317
	defaultKafkaPort = 9092
)

// exporters reads spec.exporters.
func (r *destinationReader) exporters(list Value) {
	const field = "spec.exporters"
	switch list.Kind {
	case Absent, Null:
		return
	case List:
	default:
		r.unknown(field, "exporters that are "+list.Kind.String(), list)
		return
	}
	for i, item := range list.Items {
		r.exporter(fmt.Sprintf("%s[%d]", field, i), item)
	}
	if list.More > 0 {
		r.add(Collector{
			Format: Unrecognized, Unknown: count(list.More, "exporter") + " beyond the number that is read", Content: notRead,
			Field: field, Position: list.Position,
		})
	}
}

// exporter reads one exporter. v1beta1 writes the types in upper case.
func (r *destinationReader) exporter(field string, item Value) {
	if item.Kind != Map {
		r.unknown(field, "an exporter that is "+item.Kind.String(), item)
		return
	}
	kind := item.Get("type")
	switch strings.ToLower(kind.Text) {
	case "ipfix":
		r.target(IPFIX, field+".ipfix", item.Get("ipfix"), defaultIPFIXPort)
	case "opentelemetry":
		r.target(OpenTelemetry, field+".openTelemetry", item.Get("openTelemetry"), defaultOTLPPort)
	case "kafka":
		r.brokers(field+".kafka.address", item.Get("kafka").Get("address"))
	default:
		r.unknown(field+".type", "an exporter of the type "+describe(kind), item)
	}
}

// target reads targetHost and targetPort.
func (r *destinationReader) target(format Format, field string, v Value, usual uint16) {
	host, number := v.Get("targetHost"), v.Get("targetPort")
	port, ok := usual, true
	if number.Kind != Absent && number.Kind != Null {
		port, ok = readPort(number.Text)
	}
	c, known := readHost(host.Text)
	if host.Kind != String || !known || !ok {
		r.unknown(field+".targetHost", fmt.Sprintf("%s to the host %s and the port %s", format, describe(host), describe(number)), v)
		return
	}
	r.add(c.on(format, port, field+".targetHost", host.Position))
}

// pipeline reads the Kafka brokers between NetObserv's agents and its processor, which only the
// deployment model Kafka uses.
func (r *destinationReader) pipeline(model, kafka Value) {
	switch strings.ToLower(model.Text) {
	case "kafka":
		r.brokers("spec.kafka.address", kafka.Get("address"))
	case "service", "direct":
	default:
		if model.Kind != Absent && model.Kind != Null {
			r.unknown("spec.deploymentModel", "the deployment model "+describe(model), model)
		}
	}
}

// brokers reads the address of Kafka: HOST:PORT, or several joined by commas.
func (r *destinationReader) brokers(field string, v Value) {
	if v.Kind != String {
		r.unknown(field, "Kafka at "+describe(v), v)
		return
	}
	for piece := range strings.SplitSeq(v.Text, ",") {
		text := strings.TrimSpace(piece)
		c, port, ok := readHostPort(text, defaultKafkaPort)
		if !ok {
			r.unknown(field, "Kafka at "+Quote(text), Value{Kind: String, Text: text, Position: v.Position})
			continue
		}
		r.add(c.on(Kafka, port, field, v.Position))
	}
}
