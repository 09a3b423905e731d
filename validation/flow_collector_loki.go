package validation

import (
	"net/url"
	"strings"
)

// What NetObserv writes where the object has no value: the defaults of its schema, and the name
// of the gateway that its operator derives from a LokiStack.
const (
	defaultLokiURL        = "http://loki:3100/"
	defaultDistributorURL = "http://loki-distributor:3100/"
	defaultLokiStack      = "loki"
	defaultSpecNamespace  = "netobserv"
	lokiGatewayPort       = 8080
)

// loki reads the Loki that records are pushed to. URLs that only the console reads from send no
// records.
func (r *destinationReader) loki(v, namespace Value) {
	const field = "spec.loki"
	switch v.Kind {
	case Absent, Null:
		return
	case Map:
	default:
		r.unknown(field, "Loki settings that are "+v.Kind.String(), v)
		return
	}
	if enable := v.Get("enable"); enable.Kind == Bool && enable.Text == "false" {
		return
	}
	switch mode := v.Get("mode"); strings.ToLower(mode.Text) {
	case "monolithic":
		r.monolithic(field, v)
	case "microservices":
		r.push(field+".microservices.ingesterUrl", v.Get("microservices").Get("ingesterUrl"), defaultDistributorURL)
	case "manual":
		r.push(field+".manual.ingesterUrl", v.Get("manual").Get("ingesterUrl"), defaultLokiURL)
	case "lokistack":
		r.lokiStack(v.Get("lokiStack"), namespace)
	default:
		if mode.Kind != Absent && mode.Kind != Null {
			r.unknown(field+".mode", "Loki in the mode "+describe(mode), v)
			return
		}
		r.monolithic(field, v) // the default
	}
}

func (r *destinationReader) monolithic(field string, v Value) {
	m := v.Get("monolithic")
	address := m.Get("url")
	if demo := m.Get("installDemoLoki"); demo.Kind == Bool && demo.Text == "true" {
		address = Value{Position: address.Position} // the operator ignores the URL
	}
	r.push(field+".monolithic.url", address, defaultLokiURL)
}

// lokiStack reads the reference to a LokiStack of this cluster.
func (r *destinationReader) lokiStack(v, namespace Value) {
	const field = "spec.loki.lokiStack"
	nameValue, inValue := v.Get("name"), v.Get("namespace")
	name, in := textOr(nameValue, defaultLokiStack), textOr(inValue, textOr(namespace, defaultSpecNamespace))
	c, ok := readHost(name + "-gateway-http." + in + ".svc.cluster.local")
	if !ok || strings.ContainsAny(name+in, ".") || !isText(nameValue) || !isText(inValue) || !isText(namespace) {
		both := Value{Kind: List, Items: []Value{v, namespace}, Position: v.Position}
		r.unknown(field, "the LokiStack "+Quote(in+"/"+name), both)
		return
	}
	r.add(c.on(Loki, lokiGatewayPort, field, v.Position))
}

// push reads the URL that records are pushed to.
func (r *destinationReader) push(field string, v Value, usual string) {
	text := textOr(v, usual)
	u, err := url.Parse(text)
	if err == nil && isText(v) {
		usualPort, known := map[string]uint16{"http": 80, "https": 443}[strings.ToLower(u.Scheme)]
		c, port, ok := readHostPort(u.Host, usualPort)
		if known && ok {
			r.add(c.on(Loki, port, field, v.Position))
			return
		}
	}
	r.unknown(field, "Loki at "+Quote(text), v)
}

// textOr is a string, or what is used where there is none.
func textOr(v Value, usual string) string {
	if v.Kind == String && v.Text != "" {
		return v.Text
	}
	return usual
}

// isText reports whether a value is a string or missing.
func isText(v Value) bool { return v.Kind == String || v.Kind == Absent || v.Kind == Null }
