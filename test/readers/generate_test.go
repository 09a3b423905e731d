package readers_test

import (
	"math/rand/v2"
	"strings"
)

// generator makes lists and ConfigMaps that are close to good ones. The same seed makes the same.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 7))} }

func (g generator) pick(choices ...string) string { return choices[g.IntN(len(choices))] }

func (g generator) address() string {
	return g.pick("192.0.2.10", "192.0.2.10", "192.0.2.1", "192.0.2.2", "10.0.0.01", "00.0.0.0", "0.0.0.0", "240.0.0.1", "255.255.255.255", "127.0.0.1", "224.0.0.1",
		"[2001:db8::10]", "[2001:DB8:0::10]", "[::ffff:192.0.2.10]", "[::ffff:192.0.2.1]", "[192.0.2.1]", "[2001:db8::1]", "[::]", "[]", "collector", "192.0.2", "")
}

func (g generator) port() string {
	return g.pick("4739", "4739", "4739", "2055", "02055", "0", "65535", "65536", "70000", "-1", "+4739", "", "ipfix", "2055/udp")
}

func (g generator) collector() string {
	if g.IntN(3) > 0 {
		return g.pick("192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.10") + ":" + g.pick("4739", "2055", "04739")
	}
	return g.pick("", "", "", " ", "udp://", "\t") + g.address() + ":" + g.port() + g.pick("", "", "", " ", "\n", ",", `"`)
}

func (g generator) list() []string {
	list := make([]string, g.IntN(5))
	for i := range list {
		list[i] = g.collector()
	}
	return list
}

// stored is a list of entries that the CRD of openshift/api can store.
func (g generator) stored() []string {
	list := make([]string, g.IntN(5))
	for i := range list {
		list[i] = g.pick("192.0.2.1", "192.0.2.2", "192.0.2.10", "240.0.0.1", "0.0.0.0", "255.255.255.255", "127.0.0.1", "10.0.0.01") + ":" + g.pick("4739", "2055", "1", "65535")
	}
	return list
}

func (g generator) target() string {
	pieces := make([]string, 1+g.IntN(3))
	for i := range pieces {
		pieces[i] = g.collector()
		if g.IntN(5) == 0 {
			pieces[i] = ":" + g.pick("4739", "2055")
		}
	}
	return strings.Join(pieces, g.pick(",", ",", ",", ", ", ",,"))
}

// configMap is nil for none.
func (g generator) configMap() map[string]string {
	if g.IntN(4) == 0 {
		return nil
	}
	data := map[string]string{}
	for key, value := range map[string]func() string{
		"sharedTarget": func() string { return g.pick(g.target(), g.target(), g.target(), "") },
		"nodePort":     func() string { return g.pick("4739", "2055", g.port(), ":4739", "4739,:2055") },
		"cacheActiveTimeout": func() string {
			return g.pick("60s", "60", "2h", "-5s", "3200ms", "0", "-0.5s", "70m", "1h10m", "4200.9s", "4201s", "")
		},
		"cacheMaxFlows": func() string { return g.pick("0", "9", "4294967295", "4294967296", "-1", "0400", "1_000", "+1", "") },
		"sampling":      func() string { return g.pick("0", "1", "7", "4294967295", "4294967296", "0400", "x", "") },
	} {
		if g.IntN(3) == 0 || key == "sharedTarget" && g.IntN(2) == 0 {
			data[key] = value()
		}
	}
	return data
}
