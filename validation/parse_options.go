package validation

import "fmt"

// ParseOptions reads the settings "normalization" (mutate or reject) and "ip-families" (ipv4 or
// ipv4,ipv6) of the server and of the commands that predict its verdicts. An empty text is the
// default.
func ParseOptions(normalization, ipFamilies string) (Options, error) {
	o := Options{}.Prepared()
	switch normalization {
	case "", "mutate":
	case "reject":
		o.RejectNonCanonical = true
	default:
		return o, fmt.Errorf("--normalization: %q is unknown; use mutate or reject", normalization)
	}
	switch ipFamilies {
	case "", "ipv4":
	case "ipv4,ipv6", "ipv6,ipv4":
		o.IPv6 = true
	default:
		return o, fmt.Errorf("--ip-families: %q is unknown; use ipv4 or ipv4,ipv6", ipFamilies)
	}
	return o, nil
}
