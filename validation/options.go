package validation

import "fmt"

// Options are the administrator's settings. The zero value is the default.
type Options struct {
	// RejectNonCanonical refuses what would otherwise be put right (--normalization=reject).
	RejectNonCanonical bool
	// IPv6 accepts IPv6 collectors, for clusters whose Network CRD stores them (--ip-families).
	IPv6 bool
	// MaxFindings bounds the errors, the warnings and the denials of each enforcement that are
	// listed, so that the answer to a hostile list stays small; 0 is no bound. What is left out
	// is counted.
	MaxFindings int
}

// ParseOptions reads the settings "normalization" (mutate or reject) and "ip-families" (ipv4 or
// ipv4,ipv6) of the server and of the commands that predict its verdicts. An empty text is the
// default.
func ParseOptions(normalization, ipFamilies string) (Options, error) {
	var o Options
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
