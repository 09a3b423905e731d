package policy

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	apivalidation "k8s.io/apimachinery/pkg/util/validation"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

// FromObject reads a FlowExportPolicy. The error lists everything that is wrong with it: what
// the CRD's schema and rules would find, and what they cannot find on Kubernetes before 1.32:
// host bits of a network, and IPv6 addresses that are not in canonical form.
func FromObject(o v1alpha1.FlowExportPolicy) (Policy, error) {
	c := converter{}
	s := o.Spec
	p := Policy{
		Name:     o.Name,
		Subjects: c.subjects("spec.subjects", s.Subjects), Exempt: c.subjects("spec.exempt", s.Exempt),
		Allow: c.rules("spec.allow", s.Allow), Deny: c.rules("spec.deny", s.Deny),
	}
	switch {
	case p.Name == "":
		c.fail("metadata.name", "is missing; a denial names the policy")
	case len(apivalidation.IsDNS1123Subdomain(p.Name)) > 0:
		c.fail("metadata.name", "%q is not the name of an object, which has lower-case letters, digits, '-' and '.' only", p.Name)
	}
	switch s.Enforcement {
	case "", v1alpha1.EnforcementDeny:
	case v1alpha1.EnforcementWarn:
		p.Enforcement = Warn
	case v1alpha1.EnforcementAudit:
		p.Enforcement = Audit
	default:
		c.fail("spec.enforcement", "%q is unknown; use Deny, Warn or Audit", s.Enforcement)
	}
	switch s.Removal {
	case "", v1alpha1.RemovalAny:
	case v1alpha1.RemovalOnlyAllowed:
		p.RemovalRestricted = true
	default:
		c.fail("spec.removal", "%q is unknown; use Any or OnlyAllowed", s.Removal)
	}
	c.length("spec.required", s.Required == nil, len(s.Required), maxRequired)
	for i, r := range s.Required {
		field := fmt.Sprintf("spec.required[%d]", i)
		format, known := c.format(field+".format", r.Format)
		collector, ok := parseCollector(r.Collector)
		if !ok {
			c.fail(field+".collector", "%q is not a collector in canonical form; write address and port as 10.0.0.5:4739 or [2001:db8::1]:4739", r.Collector)
		} else if validation.Unusable(collector.Addr()) {
			c.fail(field+".collector", "%q cannot be a destination, so that no Network can hold it; write the address that the collector listens on", r.Collector)
		} else if known {
			p.Required = append(p.Required, validation.Collector{Format: format, Addr: collector})
		}
	}
	if m := s.MaxCollectors; m != nil {
		n := int(*m)
		if n < 0 || n > validation.MaxCollectors {
			c.fail("spec.maxCollectors", "%d is not a number from 0 to %d", n, validation.MaxCollectors)
		}
		p.MaxCollectors = &n
	}
	c.capacity(s)
	p.Bounds = c.bounds(s)
	if len(s.Allow)+len(s.Deny)+len(s.Required) == 0 && s.MaxCollectors == nil && !p.RemovalRestricted && !p.Bounds.any() {
		c.fail("spec", "the policy restricts nothing; write at least one of allow, deny, required, maxCollectors, sampling, cacheActiveTimeout, cacheMaxFlows or removal: OnlyAllowed")
	}
	return p, errors.Join(c.problems...)
}

// converter collects what is wrong.
type converter struct{ problems []error }

func (c *converter) fail(field, format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf("%s: "+format, append([]any{field}, args...)...))
}

// length checks the length of a list. An empty list would mean the same as a missing one,
// which is rarely what was meant: no subjects means everyone.
func (c *converter) length(field string, absent bool, n, most int) {
	switch {
	case !absent && n == 0:
		c.fail(field, "is empty; list at least one item, or remove the field to match any")
	case n > most:
		c.fail(field, "has %d items; at most %d are allowed", n, most)
	}
}

// The longest lists that the CRD stores.
const (
	maxSubjects     = 64
	maxRules        = 32
	maxFormats      = 6
	maxHosts        = 64
	maxDestinations = 256
	maxPorts        = 64
	maxRequired     = 30
)

func (c *converter) subjects(field string, list []v1alpha1.PolicySubject) []Subject {
	var out []Subject
	c.length(field, list == nil, len(list), maxSubjects)
	for i, s := range list {
		at := fmt.Sprintf("%s[%d]", field, i)
		subject := Subject{Name: s.Name, Namespace: s.Namespace}
		switch s.Kind {
		case "User":
		case "Group":
			subject.Kind = GroupSubject
		case "ServiceAccount":
			subject.Kind = ServiceAccountSubject
			if s.Name != "" && len(apivalidation.IsDNS1123Subdomain(s.Name)) > 0 {
				c.fail(at+".name", "%q is not the name of a ServiceAccount; for a name such as system:serviceaccount:NAMESPACE:NAME write kind: User", s.Name)
			}
			if s.Namespace == "" {
				c.fail(at, "a ServiceAccount needs its namespace")
			} else if len(apivalidation.IsDNS1123Label(s.Namespace)) > 0 {
				c.fail(at+".namespace", "%q is not the name of a namespace, which has lower-case letters, digits and '-' only", s.Namespace)
			}
		default:
			c.fail(at+".kind", "%q is unknown; use User, Group or ServiceAccount", s.Kind)
		}
		if s.Namespace != "" && s.Kind != "ServiceAccount" {
			c.fail(at+".namespace", "only a ServiceAccount has a namespace; remove it, or write kind: ServiceAccount")
		}
		switch {
		case s.Name == "":
			c.fail(at+".name", "is missing")
		case s.Kind != "ServiceAccount":
			c.subjectName(at+".name", s.Name)
		}
		out = append(out, subject)
	}
	return out
}

func (c *converter) rules(field string, list []v1alpha1.PolicyRule) []Rule {
	var out []Rule
	c.length(field, list == nil, len(list), maxRules)
	for i, r := range list {
		at := fmt.Sprintf("%s[%d]", field, i)
		var rule Rule
		c.length(at+".formats", r.Formats == nil, len(r.Formats), maxFormats)
		c.length(at+".destinations", r.Destinations == nil, len(r.Destinations), maxDestinations)
		c.length(at+".ports", r.Ports == nil, len(r.Ports), maxPorts)
		for k, f := range r.Formats {
			if slices.Contains(r.Formats[:k], f) {
				c.fail(fmt.Sprintf("%s.formats[%d]", at, k), "%q is listed more than once", string(f))
			}
			format, ok := validation.PolicyFormatNamed(string(f))
			if !ok {
				c.fail(fmt.Sprintf("%s.formats[%d]", at, k), "%q is unknown; use NetFlow, SFlow, IPFIX, Kafka, OpenTelemetry or Loki", string(f))
			} else {
				rule.Formats = append(rule.Formats, format)
			}
		}
		for k, d := range r.Destinations {
			if prefix, ok := c.destination(fmt.Sprintf("%s.destinations[%d]", at, k), string(d)); ok {
				rule.Destinations = append(rule.Destinations, prefix)
			}
		}
		rule.Hosts = c.hosts(at+".hosts", r.Hosts)
		for k, text := range r.Ports {
			ports, ok := parsePorts(string(text))
			if !ok {
				c.fail(fmt.Sprintf("%s.ports[%d]", at, k), "%q is not a port from 1 to 65535 or a range of them; write it as \"2055\" or \"2055-2056\"", string(text))
			}
			rule.Ports = append(rule.Ports, ports)
		}
		out = append(out, rule)
	}
	return out
}

func (c *converter) format(field string, f v1alpha1.FlowFormat) (validation.Format, bool) {
	format, known := validation.FormatNamed(string(f))
	if !known {
		c.fail(field, "%q is unknown; use NetFlow, SFlow or IPFIX", string(f))
	}
	return format, known
}

func (c *converter) destination(field, text string) (netip.Prefix, bool) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil || prefix.Addr().Is4In6() {
		hint := "10.20.0.0/16 or 2001:db8::/32"
		if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
			hint += ", or for this one address " + netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()).String()
		}
		c.fail(field, "%q is not a network in CIDR notation; write it as %s", text, hint)
		return prefix, false
	}
	if prefix != prefix.Masked() {
		c.fail(field, "%q names an address, not a network; write %s", text, prefix.Masked())
		return prefix, false
	}
	return prefix, true
}

// parseCollector reads an address and a port in canonical form. Neither an IPv4-mapped address
// nor one with a zone is canonical.
func parseCollector(text string) (netip.AddrPort, bool) {
	collector, err := netip.ParseAddrPort(text)
	a := collector.Addr()
	return collector, err == nil && !a.Is4In6() && a.Zone() == "" && collector.Port() > 0 && collector.String() == text
}

// parsePorts reads "2055" or "2055-2056".
func parsePorts(text string) (PortRange, bool) {
	first, last, isRange := strings.Cut(text, "-")
	a, ok := parsePort(first)
	if !ok || !isRange {
		return PortRange{First: a, Last: a}, ok
	}
	b, ok := parsePort(last)
	return PortRange{First: a, Last: b}, ok && a <= b
}

func parsePort(text string) (uint16, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return uint16(n), err == nil && n > 0 && strconv.FormatUint(n, 10) == text
}
