package vap

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation"
)

// The parts of the text of a collector, as CEL on the variable c. CEL has no let: each is
// written out where it is used.
const (
	address = "c.substring(0, c.lastIndexOf(':')).replace('[', '').replace(']', '')"
	port    = "c.substring(c.lastIndexOf(':') + 1)"
	// usable leaves out what is never a destination: 0.0.0.0/8, 240.0.0.0/4 and "::".
	usable = `!c.matches('^\\[?(0|24[0-9]|25[0-5])\\.') && !(c.contains('[') && c.matches('^\\[[0:]*\\]'))`

	// remote leaves out what reaches only the node that sends, or its link: loopback, link-local and
	// multicast, also as the end of an IPv6 address, and OVN-Kubernetes' addresses of each node. See
	// validation.WhyNodeLocal.
	remote = `!c.matches('^(127[.]|169[.]254[.]|2(2[4-9]|3[0-9])[.])')` +
		` && !(c.startsWith('[') && c.matches('^[[](fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:|fd69::[0-9a-f]{0,4}[]]|::[0-9a-f]{0,4}(:[0-9a-f]{1,4})?[]]` +
		`|64:ff9b::([0-9a-f]{0,4}|[0-9a-f]{1,2}:[0-9a-f]{1,4}|(7f[0-9a-f]{2}|a9fe|[ef][0-9a-f]{3}):[0-9a-f]{1,4})[]])'))`
)

// addresses says which addresses a list takes, as alternatives of a regular expression.
type addresses struct {
	// canonical is how they are written, loose how they may be written.
	canonical, loose string
}

// Four numbers may be in brackets, which are removed. ip() checks that the rest is an
// address.
func ipv4Only() addresses {
	return addresses{`[0-9.]+`, `[0-9.]+|\\[[0-9.]+\\]`}
}

func anyAddress() addresses {
	return addresses{`[0-9.]+|\\[[0-9a-f:]+\\]`, `[0-9.]+|\\[[0-9.]+\\]|\\[[0-9a-fA-F:]+\\]`}
}

// orNone also accepts a missing address, which means each node's own.
func (a addresses) orNone() addresses { return addresses{a.canonical + "|", a.loose + "|"} }

// isCanonical says whether the text c is a collector as it is stored.
func (a addresses) isCanonical() string {
	return `c.matches('^(` + a.canonical + `):[1-9][0-9]{0,4}$') && int(` + port + `) <= 65535 && ` + usable +
		` && (c.startsWith(':') || isIP(` + address + `) && ip.isCanonical(` + address + `))`
}

// entries turns a list of texts into collectors, and omits the others.
func (a addresses) entries(list string, f validation.Format) string {
	trimmed := list + ".map(c, c.trim()).map(c, c.lowerAscii().startsWith('udp://') ? c.substring(6) : c)" +
		".map(c, c.lowerAscii().startsWith('[::ffff:') && c.contains('.') ? '[' + c.substring(8) : c)"
	return trimmed + `.filter(c, c.matches('^(` + a.loose + `):0*[1-9][0-9]{0,4}$') && int(` + port + `) <= 65535 && ` + usable +
		` && (c.startsWith(':') || isIP(` + address + `)))` +
		`.map(c, {'format': dyn(` + literal(f.String()) + `), 'port': dyn(int(` + port + `)), 'text': dyn(` + text + `),` +
		// A list instead of "?:": in an optional that "?:" returns, the CEL of Kubernetes before
		// 1.37 turns the address into its Go value, which it cannot evaluate.
		` ?'ip': [c].filter(c, !c.startsWith(':')).map(c, dyn(ip(` + address + `)))[?0]})`
}

// text is the canonical text of a collector.
const text = "(c.startsWith(':') ? '' : " + address + ".contains(':') ? '[' + string(ip(" + address + ")) + ']' : " + address + ") + ':' + string(int(" + port + "))"

// why says what is wrong with the text c, the most telling first.
func why(usualPort, taken string) string {
	return `(c.matches('^[0-9.]+$') ? 'has no port, and there is no default; write "' + c + ':` + usualPort + `"'` +
		` : c.matches('(^|\\.)0[0-9]+(\\.|:)') ? 'has a leading zero in an octet, and ovnkube-node would not start; write the octet without it'` +
		` : c.matches('^[A-Za-z][A-Za-z0-9.-]*(:|$)') ? 'is a host name; write its IP address'` +
		` : c.contains('/') ? 'is a network or a URL; write one address and a port'` +
		` : c.matches('^\\[?[0-9a-fA-F]*:[0-9a-fA-F:]*') && c.contains('::') ? 'is IPv6, or not in canonical form; write ` + taken + `'` +
		` : !(` + usable + `) ? 'cannot be a destination; write the address that the collector listens on'` +
		` : 'is not ` + taken + ` in canonical form, with a port from 1 to 65535')`
}

// distinct is a variable's list of collectors, each once. CEL has no such function before
// Kubernetes 1.33; a longer list stays as it is.
func distinct(variable string) string {
	const key = "e.format + e.text"
	return "size(" + variable + ") > 32 ? " + variable + " : [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]" +
		".filter(i, i < size(" + variable + ") && " + variable + ".map(e, " + key + ").indexOf(" + variable + "[i].format + " + variable + "[i].text) == i).map(i, " + variable + "[i])"
}

// beforeAndAfter are the variables with the collectors before and after the change, and those
// after it each once.
func beforeAndAfter(before, after string) []admissionregistrationv1.Variable {
	return []admissionregistrationv1.Variable{
		{Name: "after", Expression: after},
		{Name: "once", Expression: distinct("variables.after")},
		{Name: "stored", Expression: before},
		{Name: "before", Expression: distinct("variables.stored")},
	}
}

// noOwnerAdded says that a change adds no owner reference. The object may be any, and not be null. It
// compares a few references one by one; longer lists must be equal, so that the cost is small.
const noOwnerAdded = "(dyn(object).metadata.?ownerReferences.orValue([]) == (oldObject == null ? [] : dyn(oldObject).metadata.?ownerReferences.orValue([]))" +
	" || dyn(object).metadata.?ownerReferences.orValue([]).size() <= 16 && oldObject != null && dyn(object).metadata.?ownerReferences.orValue([]).all(r, r in dyn(oldObject).metadata.?ownerReferences.orValue([])))"
