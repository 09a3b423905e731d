package validation

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

	// prepared are the checks to run; see Prepared.
	prepared *preparedChecks
}
