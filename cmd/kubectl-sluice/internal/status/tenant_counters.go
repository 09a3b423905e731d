package status

import (
	"time"

	"sluice/api/v1alpha1"
)

// counters are the sums over the nodes at one time. They fall if an agent starts again or a node has no pod
// any more.
type counters struct {
	records    int64
	nodes      int32
	lastRecord time.Time
}

func countersOf(o v1alpha1.FlowExport) counters {
	if o.Status == nil {
		return counters{}
	}
	c := counters{records: o.Status.Records, nodes: o.Status.NodesWanted}
	if t := o.Status.LastRecord; t != nil {
		c.lastRecord = t.Time
	}
	return c
}

// sightings are what was seen of the counters of one FlowExport.
type sightings struct {
	last counters
	// peak are the greatest ones of the same number of nodes.
	peak counters
	// increases is how often they were greater than before, and increased when they were last.
	increases int
	increased time.Time
}

// count takes in the counters, and returns how many records more they are. Those of a node that begins or ceases to
// report are none. Neither are those of a node that reported nothing for a while, and then the former ones again: less than the
// peak counts only if a record was sent after it.
func (s *sightings) count(now counters, at time.Time) int64 {
	base := s.last.records
	if s.last.records < s.peak.records && !now.lastRecord.After(s.peak.lastRecord) {
		base = s.peak.records
	}
	same := now.nodes == s.last.nodes
	if !same || now.records >= s.peak.records {
		s.peak = now
	}
	s.last = now
	if !same || now.records <= base {
		return 0
	}
	s.increases++
	s.increased = at
	return now.records - base
}

// reporting is how long a record may need until it is in the status: nodes report once a minute, the controller stores the
// sum once a minute, and both need a moment.
const reporting = 150 * time.Second

// fresh reports whether records were sent since the beginning. Those of the first increases may have been sent before.
func (s *sightings) fresh(started time.Time) bool {
	if s.increases == 0 {
		return false
	}
	return !s.last.lastRecord.Before(started) || s.increases > 2 && s.increased.Sub(started) >= reporting
}
