package live

import (
	"cmp"
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/page/board"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// gather reads the stores.
func (f *Feed) gather(ctx context.Context) board.Facts {
	now, ahead := f.options.Now(), f.options.Ahead()
	facts := board.Facts{Context: f.options.Context, Server: f.options.Server, Now: now.Add(ahead), Ahead: ahead}
	for _, w := range []*watched{f.reports, f.network, f.nodes, f.leases, f.profiles, f.config, f.policies, f.events} {
		facts.Sources = append(facts.Sources, w.state(now).Later(ahead))
	}
	f.mu.Lock()
	facts.Me = f.me
	f.mu.Unlock()
	c := status.Cluster{Now: facts.Now, Heartbeats: map[string]status.Heartbeat{}}
	// An object that can't be read makes its resource unknown, not empty.
	fail := func(name string, err error) {
		for i := range facts.Sources {
			if s := &facts.Sources[i]; err != nil && s.Name == name {
				s.State, s.Why = board.Failed, err.Error()
			}
		}
	}
	fail(board.SourceNetwork, f.options.Reading.Network(&c, f.network.informer.Object()))
	for _, u := range f.reports.informer.Objects() {
		n, err := f.options.Reading.Report(u)
		fail(board.SourceReports, err)
		c.Exports = append(c.Exports, n)
	}
	fail(board.SourceNodes, f.options.Reading.Nodes(ctx, &c, values(f.nodes)))
	for _, u := range f.leases.informer.Objects() {
		fail(board.SourceLeases, f.options.Reading.Heartbeat(&c, *u))
	}
	for _, u := range f.profiles.informer.Objects() {
		fail(board.SourceProfiles, f.options.Reading.Profile(&c, u))
	}
	f.options.Reading.FlowsConfig(&c, f.config.informer.Object())
	for _, s := range facts.Sources {
		if s.Name == board.SourceNodes && !s.Known() {
			c.NodesUnknown = cmp.Or(s.Why, "they are not read yet")
		}
	}
	for _, w := range []*watched{f.profiles, f.config} {
		if s := w.state(now); !s.Known() {
			c.InputsUnknown = cmp.Or(s.Why, "they are not read yet")
			if w == f.config {
				c.FlowsConfigUnknown = c.InputsUnknown
			}
		}
	}
	switch leases := f.leases.state(now).Later(ahead); {
	case leases.State == board.Old:
		c.Now = *leases.Since // what is shown is as it was then; no agent died of the cut
	case !leases.Known():
		c.LivenessUnknown = cmp.Or(leases.Why, "they are not read yet")
	}
	facts.Cluster = c
	for _, u := range f.policies.informer.Objects() {
		var p v1alpha1.FlowExportPolicy
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &p); err != nil {
			p.Name = u.GetName() // shown without rules; its condition says why
		}
		facts.Policies = append(facts.Policies, p)
	}
	facts.Events = f.readEvents()
	return facts
}

// values are the objects in the order of their names.
func values(w *watched) []unstructured.Unstructured {
	var list []unstructured.Unstructured
	for _, u := range w.informer.Objects() {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b unstructured.Unstructured) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return list
}

func (f *Feed) readEvents() []board.Event {
	var list []board.Event
	seen := map[types.UID]bool{}
	for _, u := range slices.Concat(f.events.informer.Objects(), f.agentEvents.informer.Objects()) {
		if seen[u.GetUID()] {
			continue
		}
		seen[u.GetUID()] = true
		var e corev1.Event
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &e); err != nil {
			continue // an Event of another shape says nothing about Sluice
		}
		last := e.EventTime.Time
		for _, t := range []time.Time{e.CreationTimestamp.Time, e.FirstTimestamp.Time, e.LastTimestamp.Time} {
			if t.After(last) {
				last = t
			}
		}
		count := int(e.Count)
		if e.Series != nil {
			count = int(e.Series.Count)
			if e.Series.LastObservedTime.After(last) {
				last = e.Series.LastObservedTime.Time
			}
		}
		list = append(list, board.Event{
			Time: last, Warning: e.Type == corev1.EventTypeWarning, Kind: e.InvolvedObject.Kind, Object: e.InvolvedObject.Name,
			Reason: e.Reason, Message: e.Message, From: cmp.Or(e.Source.Component, e.ReportingController), Count: count,
		})
	}
	return list
}
