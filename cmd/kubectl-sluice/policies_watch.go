package main

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/informer"
	"sluice/internal/kube"
)

// redraw is how often to draw the times of what is watched.
const redraw = 5 * time.Second

// refreshWatch is how long a watch lasts at most, so that one that is cut without a word is noticed.
const refreshWatch = 2 * time.Minute

// longestGap is how long no watch may be open before what is shown counts as old.
const longestGap = 3 * time.Second

// showPolicies redraws a terminal; elsewhere it appends what changed.
func showPolicies(to screen, view func() status.View, now func() time.Time) func(status.Policies, bool) error {
	var last status.Policies
	var changedAt time.Time
	first := true
	return func(p status.Policies, changed bool) error {
		if changed {
			changedAt = now()
		}
		v := view()
		if to.isTerminal() {
			v.Watched, v.Changed = true, changedAt
			v.Width, v.Height = to.size()
			var text bytes.Buffer
			if err := v.WritePolicies(&text, p); err != nil {
				return err
			}
			return to.draw(text.String())
		}
		lines := p.Changes(last)
		last = p
		if first {
			first = false
			return v.WritePolicies(to.out, p)
		}
		for _, line := range lines {
			if _, err := fmt.Fprintln(to.out, line); err != nil {
				return err
			}
		}
		return nil
	}
}

// followPolicies shows the policies that were read, and again whenever something changed or some
// time has passed, until ctx ends. It is an error if the policies can't be watched.
func (a *access) followPolicies(ctx context.Context, names []string, p status.Policies, show func(_ status.Policies, changed bool) error) error {
	if err := show(p, true); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w := newWatches()
	policies, err := w.run(ctx, a.Client.Resource(kube.Policies()), "", kube.Policies().GroupResource().String(), informer.Refresh(refreshWatch))
	if err != nil {
		return err
	}
	var unread atomic.Pointer[error]
	events, err := w.run(ctx, a.Client.Resource(kube.Events()).Namespace(metav1.NamespaceDefault), "", "events",
		informer.Fields(deniedEvents), informer.OnFailure(func(err error) { unread.Store(&err) }))
	if err != nil {
		return err
	}
	if err := w.wait(ctx, policies.HasSynced); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	ticker := time.NewTicker(redraw)
	defer ticker.Stop()
	for {
		changed := false
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-w.changed:
			changed = pause(ctx, settle)
		}
		if ctx.Err() != nil {
			return nil
		}
		p.Items = nil
		for _, u := range policies.Objects() {
			o, err := readPolicy(u)
			if err != nil {
				return err
			}
			p.Items = append(p.Items, o)
		}
		switch failure := unread.Load(); {
		case events.HasSynced():
			p.Denials, p.DenialsUnknown = readDenials(events.Objects()), ""
		case failure != nil:
			p.Denials, p.DenialsUnknown = nil, unreadEvents(*failure)
		}
		p.Old = policies.Cut()
		if p.Old != nil && a.now().Sub(*p.Old) <= longestGap {
			p.Old = nil
		}
		shown, _ := p.Only(names)
		if err := show(shown, changed); err != nil {
			return err
		}
	}
}
