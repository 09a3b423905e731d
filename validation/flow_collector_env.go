package validation

import "slices"

// environment reads environment variables that users set for NetObserv's programs. Those of the
// Go runtime and of logging send nothing anywhere. Any other may: a proxy, for example, receives
// what is sent through it.
func (r *destinationReader) environment(field string, v Value) {
	switch v.Kind {
	case Absent, Null:
		return
	case Map:
	default:
		r.unknown(field, "environment variables that are "+v.Kind.String(), v)
		return
	}
	for _, m := range v.Members {
		if !slices.Contains(harmlessVariables(), m.Key) {
			r.unknown(fieldPath(field, m.Key), "the environment variable "+Quote(m.Key), Value{Kind: Map, Members: []Member{m}, Position: m.Position})
		}
	}
}

func harmlessVariables() []string {
	return []string{"GOGC", "GOMAXPROCS", "GOMEMLIMIT", "LOG_LEVEL"}
}
