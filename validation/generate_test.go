package validation_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"

	"sluice/validation"
)

// generator makes texts and objects that are close to good ones, so that each rule is met
// often. The same seed makes the same ones.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 1))} }

func (g generator) pick(choices ...string) string { return choices[g.IntN(len(choices))] }

func (g generator) address() string {
	return g.pick(
		"10.0.0.1", "10.0.0.1", "10.0.0.2", "192.168.1.99", "10.0.0.01", "010.0.0.1", "10.0.0.256", "10.0.0", "0.0.0.0", "255.255.255.255",
		"127.0.0.1", "224.0.0.1", "[10.0.0.1]", "[::ffff:10.0.0.1]", "::ffff:10.0.0.1", "[2001:DB8::1]", "[2001:db8::1]", "2001:db8::1",
		"[fe80::1%eth0]", "fe80::1%eth0", "::", "[::]", "collector", "10.0.0.1/24", "10.0.0.0/24", "2001:db8::/64", "[2001:db8::/64]",
		"[::ffff:10.0.0.1/128]", "0x0a000001", "", "[", "]", "[]", "\uff11\uff10.0.0.1", "10.0.0.1\u200b", "$(id)", "'10.0.0.1", "10.0.0.1 ",
	)
}

func (g generator) port() string {
	return g.pick(
		":2055", ":2055", ":2056", ":02055", ":0", ":65535", ":65536", ":-1", ":+2055", ":0x807", ":netflow", ":2055/udp", ":2055:udp",
		"", ":", "::2055", " 2055", ": 2055", ":2055\"", ":\u0662", ":2055\n", ":2055;",
	)
}

func (g generator) collector() string {
	if g.IntN(4) > 0 {
		return "10.0." + g.pick("0", "1", "2") + "." + g.pick("1", "2", "3") + g.pick(":2055", ":2055", ":02055", ":6343")
	}
	text := g.pick("", "", "", " ", "udp://", "UDP://", "http://", "tcp://", "\t") + g.address() + g.port() + g.pick("", "", "", " ", "\n", ",", "/")
	if g.IntN(8) == 0 {
		text += "," + g.collector()
	}
	return text
}

// item is an entry of a list, seldom of a wrong type.
func (g generator) item() string {
	if g.IntN(40) == 0 {
		return g.pick("null", "1", "true", "[]", "{}", `["10.0.0.1:2055"]`)
	}
	return quoteJSON(g.collector())
}

func (g generator) items() string {
	items := make([]string, g.IntN(13))
	for i := range items {
		items[i] = g.item()
	}
	return "[" + strings.Join(items, ",") + "]"
}

// flows is a spec.exportNetworkFlows.
func (g generator) flows() string {
	if g.IntN(30) == 0 {
		return g.pick("null", "{}", "[]", `"10.0.0.1:2055"`, "7")
	}
	var blocks []string
	for _, f := range []string{"ipfix", "netFlow", "sFlow", "netFlow", "netflow"} {
		if g.IntN(3) > 0 && f != "netflow" && (len(blocks) == 0 || g.IntN(8) > 0) || g.IntN(60) == 0 {
			blocks = append(blocks, quoteJSON(f)+":"+g.block())
		}
	}
	return "{" + strings.Join(blocks, ",") + "}"
}

func (g generator) block() string {
	switch g.IntN(20) {
	case 0:
		return g.pick("null", "{}", `{"collectors":null}`, `{"collectors":7}`, `{"collector":[]}`, `"10.0.0.1:2055"`, "[]")
	case 1:
		return `{"collectors":` + quoteJSON(g.collector()) + "}"
	default:
		return `{"collectors":` + g.items() + "}"
	}
}

// data is the data of a ConfigMap.
func (g generator) data() string {
	values := map[string]string{}
	for range g.IntN(6) {
		key := g.pick("sharedTarget", "nodePort", "cacheActiveTimeout", "cacheMaxFlows", "sampling", "Sampling", "a\nb")
		values[key] = g.pick(g.collector(), "2055", "02055", "", "60s", "60", "2h", "-1s", "3200ms", "0", "1", "4294967296", g.port())
	}
	data, err := json.Marshal(values)
	if err != nil {
		panic(err) // strings always have a JSON form
	}
	return string(data)
}

func (g generator) options() validation.Options {
	return validation.Options{IPv6: g.IntN(3) == 0, RejectNonCanonical: g.IntN(4) == 0}
}
