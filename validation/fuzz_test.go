package validation_test

import (
	"testing"
	"unicode/utf8"

	"sluice/validation"
)

func FuzzEveryPropertyOfANetwork(f *testing.F) {
	f.Add(``, `{"netFlow":{"collectors":["192.168.1.99:2056"]}}`, uint8(0))
	g := newGenerator(3)
	for i := range uint8(100) {
		f.Add(g.flows(), g.flows(), i)
	}
	f.Fuzz(func(t *testing.T, old, now string, options uint8) {
		object, err := validation.ParseJSON([]byte(now))
		if err != nil {
			return
		}
		in := validation.Input{Object: validation.Object{ExportNetworkFlows: object}, Options: fuzzed(options)}
		if stored, err := validation.ParseJSON([]byte(old)); err == nil {
			in.Operation, in.Old = validation.Update, &validation.Object{ExportNetworkFlows: stored}
		}
		holds(t, in)
	})
}

func FuzzEveryPropertyOfAConfigMap(f *testing.F) {
	g := newGenerator(4)
	for i := range uint8(100) {
		f.Add(g.data(), g.data(), i)
	}
	f.Fuzz(func(t *testing.T, old, now string, options uint8) {
		object, err := validation.ParseJSON([]byte(now))
		if err != nil {
			return
		}
		in := validation.Input{Object: validation.Object{Resource: validation.FlowsConfig, Data: object}, Options: fuzzed(options)}
		if stored, err := validation.ParseJSON([]byte(old)); err == nil {
			in.Operation, in.Old = validation.Update, &validation.Object{Resource: validation.FlowsConfig, Data: stored}
		}
		holds(t, in)
	})
}

func FuzzOneCollector(f *testing.F) {
	g := newGenerator(5)
	for i := range uint8(200) {
		f.Add(g.collector(), i)
	}
	f.Fuzz(func(t *testing.T, text string, options uint8) {
		if !utf8.ValidString(text) {
			return
		}
		format := validation.Formats()[int(options>>2)%3]
		holds(t, validation.Input{Object: network(t, list(format, text)), Options: fuzzed(options)})
		pasted(t, text, format, fuzzed(options))
	})
}

func fuzzed(options uint8) validation.Options {
	return validation.Options{RejectNonCanonical: options&1 != 0, IPv6: options&2 != 0}
}
