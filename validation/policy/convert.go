package policy

import (
	"errors"
	"fmt"
	"net/netip"

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
		Namespaces: c.namespaces(s), MaxFlowExports: c.flowExports(s.MaxFlowExports),
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
	if len(s.Allow)+len(s.Deny)+len(s.Required) == 0 && s.MaxCollectors == nil && s.MaxFlowExports == nil && !p.RemovalRestricted && !p.Bounds.any() {
		c.fail("spec", "the policy restricts nothing; write at least one of allow, deny, required, maxCollectors, sampling, cacheActiveTimeout, cacheMaxFlows or removal: OnlyAllowed")
	}
	return p, errors.Join(c.problems...)
}

func (c *converter) format(field string, f v1alpha1.FlowFormat) (validation.Format, bool) {
	format, known := validation.FormatNamed(string(f))
	if !known {
		c.fail(field, "%q is unknown; use NetFlow, SFlow or IPFIX", string(f))
	}
	return format, known
}

// parseCollector reads an address and a port in canonical form. Neither an IPv4-mapped address
// nor one with a zone is canonical.
func parseCollector(text string) (netip.AddrPort, bool) {
	collector, err := netip.ParseAddrPort(text)
	a := collector.Addr()
	return collector, err == nil && !a.Is4In6() && a.Zone() == "" && collector.Port() > 0 && collector.String() == text
}
