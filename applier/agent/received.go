package agent

import (
	"errors"
	"net/netip"
	"sync"

	"sluice/api/v1alpha1"
	"sluice/applier/collector"
	"sluice/validation"
)

// received counts what a verification's collector received, by format.
type received struct {
	mu      sync.Mutex
	senders senders
	counts  [3]v1alpha1.VerifiedFormat
	// pending are the counts of senders of which it is not known whether they are ovs-vswitchd.
	pending map[netip.AddrPort]*[3]v1alpha1.VerifiedFormat
	// advanced gets a value when there is something of a format for the first time.
	advanced chan struct{}
	// stopped says that nothing is counted any more.
	stopped bool
}

// add counts a datagram.
func (r *received) add(m collector.Message, err error) {
	if errors.Is(err, collector.ErrUnknownFormat) {
		return
	}
	f := m.Format
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return
	}
	count := v1alpha1.VerifiedFormat{Datagrams: 1, Records: int64(len(m.Records)), Undecoded: int64(m.Undecoded)}
	whose := r.senders.of(m.Source)
	switch {
	case whose != undecided:
		r.settle(f, count, whose)
	case r.pending[m.Source] != nil:
		sum(&r.pending[m.Source][f], count)
	case len(r.pending) < maxSenders:
		if r.pending == nil {
			r.pending = map[netip.AddrPort]*[3]v1alpha1.VerifiedFormat{}
		}
		r.pending[m.Source] = &[3]v1alpha1.VerifiedFormat{}
		sum(&r.pending[m.Source][f], count)
	default:
		r.settle(f, count, another) // ovs-vswitchd has few sockets
	}
	if whose != undecided {
		r.resolve()
	}
}

// resolve counts what is pending, as far as its senders are known now.
func (r *received) resolve() {
	for source, counts := range r.pending {
		whose := r.senders.of(source)
		if whose == undecided {
			continue
		}
		for f, count := range counts {
			r.settle(validation.Format(f), count, whose)
		}
		delete(r.pending, source)
	}
}

// look lists the sockets of ovs-vswitchd, which can't be seen after it has closed them. It reports whether there is one
// to the collector.
func (r *received) look() (open bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.senders.look() > 0
}

// stop ends the counting.
func (r *received) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
}

// settle counts what came from ovs-vswitchd, or from another program. What may be from either counts for nothing.
func (r *received) settle(f validation.Format, count v1alpha1.VerifiedFormat, whose ownership) {
	switch whose {
	case another:
		r.counts[f].Foreign += count.Datagrams
		return
	case undecided, wasVswitchd:
		return
	case vswitchds:
	}
	before := stage(r.counts[f])
	sum(&r.counts[f], count)
	if stage(r.counts[f]) == before {
		return
	}
	select {
	case r.advanced <- struct{}{}:
	default:
	}
}

// formats are the counts of some formats, and why datagrams could not be attributed.
func (r *received) formats(formats []validation.Format) (list []v1alpha1.VerifiedFormat, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resolve()
	for _, f := range formats {
		count := r.counts[f]
		count.Format = v1alpha1.FlowFormat(f.Name())
		list = append(list, count)
	}
	if len(r.pending) > 0 {
		err = r.senders.err
	}
	return list, err
}

func sum(to *v1alpha1.VerifiedFormat, more v1alpha1.VerifiedFormat) {
	to.Datagrams += more.Datagrams
	to.Records += more.Records
	to.Undecoded += more.Undecoded
}

// stage says how much is proved of a format: it is what a verification waits for.
func stage(f v1alpha1.VerifiedFormat) int {
	switch {
	case f.Records > 0:
		return 3
	case f.Undecoded > 0:
		return 2
	case f.Datagrams > 0:
		return 1
	}
	return 0
}
