package policy

import "sluice/validation"

// sending is what a user may not do with a collector.
func sending(c validation.Collector) string {
	if c.Unknown != "" {
		return "add " + c.Unknown
	}
	return "send " + c.Format.String() + " there"
}

// unmatched is why no allow rule matches.
func unmatched(c validation.Collector) string {
	switch {
	case c.Unknown != "":
		return "Sluice can't read where it sends records, so no allow rule matches"
	case c.Host != "":
		return "no allow rule lists the host name; write an allowed address, or ask for the name in the hosts of a rule"
	}
	return "no allow rule matches"
}

// uncertain is why a deny rule applies that the collector does not match for certain.
func uncertain(c validation.Collector) string {
	switch {
	case c.Unknown != "":
		return "; Sluice can't read where it sends records, so every deny rule applies"
	case c.Host != "":
		return "; the address of a host name is unknown, so the rule applies unless an allow rule lists the name"
	}
	return ""
}

// removing names a collector that a user may not remove.
func removing(c validation.Collector) string {
	if c.Unknown != "" {
		return c.Unknown
	}
	return "this " + c.Format.String() + " collector"
}

// value is what a message quotes of a collector. What can't be read is a part of the sentence.
func value(c validation.Collector) string {
	if c.Unknown != "" {
		return ""
	}
	return c.Text()
}
