package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	apivalidation "k8s.io/apimachinery/pkg/util/validation"

	"sluice/api/v1alpha1"
)

// hosts reads the host names of a rule.
func (c *converter) hosts(field string, list []v1alpha1.HostPattern) []string {
	c.length(field, list == nil, len(list), maxHosts)
	var out []string
	for i, h := range list {
		at, text := fmt.Sprintf("%s[%d]", field, i), string(h)
		name := strings.TrimPrefix(text, "*.")
		_, notAddress := netip.ParseAddr(text)
		switch {
		case slices.Contains(list[:i], h):
			c.fail(at, "%q is listed more than once", text)
		case notAddress == nil:
			c.fail(at, "%q is an address; list its network in destinations", text)
		case text != anyHost && (len(apivalidation.IsDNS1123Subdomain(name)) > 0 || beginsWithDigit(name[strings.LastIndexByte(name, '.')+1:])):
			c.fail(at, "%q is not a host name in lower case; write it as kafka.example.com, or *.example.com for the names below a domain", text)
		}
		out = append(out, text)
	}
	return out
}

// beginsWithDigit reports whether the last label of a name could be a part of an address.
func beginsWithDigit(label string) bool { return label != "" && label[0] >= '0' && label[0] <= '9' }
