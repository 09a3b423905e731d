package board

import (
	"cmp"
	"slices"
	"time"

	"sluice/api/v1alpha1"
)

// Change is something that changed: a condition of nodes, or an Event.
type Change struct {
	Time time.Time `json:"time"`
	// Kind is Condition or Event.
	Kind string `json:"kind"`
	// Good says whether the change is for the better.
	Good    bool   `json:"good"`
	What    string `json:"what"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
	// Count is the number of nodes, or of times that an Event occurred. Names are the first of
	// the nodes, or the object of the Event.
	Count int      `json:"count"`
	Names []string `json:"names"`
}

// Changes lists the latest changes first.
type Changes struct {
	List    []Change `json:"list"`
	Omitted int      `json:"omitted,omitempty"`
	// Conditions and Events say whether these are known.
	Conditions bool `json:"conditions"`
	Events     bool `json:"events"`
}

// together is how far apart the same change of several nodes may be to be told once.
const together = time.Minute

func (f Facts) changes() Changes {
	c := Changes{Conditions: f.source(SourceReports).Known(), Events: f.source(SourceEvents).Known()}
	list := slices.Concat(f.transitions(), f.events())
	slices.SortStableFunc(list, later)
	c.Omitted = max(0, len(list)-maxChanges)
	c.List = slices.Clip(first(list, maxChanges))
	if c.List == nil {
		c.List = []Change{}
	}
	return c
}

// later sorts the latest changes first and, of one minute, those for the worse.
func later(a, b Change) int {
	if minutes := b.Time.Truncate(together).Compare(a.Time.Truncate(together)); minutes != 0 {
		return minutes
	}
	if a.Good != b.Good {
		if a.Good {
			return 1
		}
		return -1
	}
	return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(a.What, b.What))
}

// transitions are the last changes of the nodes' conditions; equal ones of one minute are one.
func (f Facts) transitions() []Change {
	type key struct {
		kind, status, reason string
		minute               int64
	}
	index := map[key]int{}
	var list []Change
	exports := slices.SortedFunc(slices.Values(f.Cluster.Exports), func(a, b v1alpha1.NodeFlowExport) int { return cmp.Compare(a.Name, b.Name) })
	for _, n := range exports {
		for _, c := range n.Status.Conditions {
			if c.LastTransitionTime.IsZero() {
				continue
			}
			at := f.Cluster.ServerTime(n.Name, c.LastTransitionTime.Time).UTC()
			k := key{c.Type, string(c.Status), c.Reason, at.Truncate(together).Unix()}
			i, known := index[k]
			if !known {
				i = len(list)
				index[k] = i
				good := c.Type == v1alpha1.ConditionApplied || c.Type == v1alpha1.ConditionExporting || c.Type == v1alpha1.ConditionSynced || c.Type == v1alpha1.ConditionOVSReachable
				list = append(list, Change{
					Time: at, Kind: "Condition", What: c.Type + " is " + string(c.Status), Reason: c.Reason, Message: cut(c.Message),
					Good: good == (c.Status == "True") || c.Reason == v1alpha1.ReasonOff,
				})
			}
			list[i].Count++
			if at.After(list[i].Time) {
				list[i].Time = at
			}
			if len(list[i].Names) < maxNames {
				list[i].Names = append(list[i].Names, n.Name)
			}
		}
	}
	return list
}

func (f Facts) events() []Change {
	var list []Change
	for _, e := range f.Events {
		list = append(list, Change{
			Time: e.Time.UTC(), Kind: "Event", Good: !e.Warning, What: e.Reason, Reason: cut(e.From), Message: cut(e.Message),
			Count: max(1, e.Count), Names: []string{e.Kind + "/" + e.Object},
		})
	}
	return list
}
