package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"sluice/api/v1alpha1"
	"sluice/validation"
)

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
