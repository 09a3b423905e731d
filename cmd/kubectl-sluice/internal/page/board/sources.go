package board

import "time"

// SourceState says how far the objects of a resource are known.
type SourceState string

// The states of a source. Without Current or Old, nothing is known of the objects: that is not
// the same as no objects.
const (
	Loading   SourceState = "loading"   // not read yet
	Current   SourceState = "current"   // watched
	Old       SourceState = "old"       // was read; the watch is cut
	Forbidden SourceState = "forbidden" // the user may not read it
	Missing   SourceState = "missing"   // the cluster does not serve the resource
	Failed    SourceState = "failed"    // never read, for another reason
)

// The names of the sources, which are those of their resources.
const (
	SourceReports  = "nodeflowexports"
	SourceNetwork  = "networks"
	SourceNodes    = "nodes"
	SourceLeases   = "leases"
	SourcePolicies = "flowexportpolicies"
	SourceEvents   = "events"
	SourceProfiles = "flowexportprofiles"
	SourceConfig   = "configmaps"
)

// Source is one resource that the page is made from.
type Source struct {
	Name string `json:"name"`
	// What the page shows of it.
	What  string      `json:"what"`
	State SourceState `json:"state"`
	// Why has the error of the API server.
	Why string `json:"why,omitempty"`
	// Since is when the objects were last known to be current, if they are old.
	Since *time.Time `json:"since,omitempty"`
}

// Known reports whether the objects were read.
func (s Source) Known() bool { return s.State == Current || s.State == Old }

// Later is the source by a clock that is ahead.
func (s Source) Later(ahead time.Duration) Source {
	if s.Since != nil {
		since := s.Since.Add(ahead)
		s.Since = &since
	}
	return s
}

// source finds a source by name; a state that is not known if there is none.
func (f Facts) source(name string) Source {
	for _, s := range f.Sources {
		if s.Name == name {
			return s
		}
	}
	return Source{Name: name, State: Loading}
}

// loading names a source that is still being read, and without which the state would be told
// wrongly; empty if none is.
func (f Facts) loading() string {
	for _, name := range []string{SourceReports, SourceNetwork, SourceNodes, SourceLeases, SourceProfiles, SourceConfig} {
		if f.source(name).State == Loading {
			return name
		}
	}
	return ""
}
