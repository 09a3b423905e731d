package informer

import (
	"context"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
)

// contact remembers when the API server last answered. Only what proves that the watch works
// counts: a watch that is open for the time settle, and each event after that, which may be a
// bookmark. An error is no contact, and neither is the end of a watch, because a broken connection
// ends it as well.
type contact struct {
	now  func() time.Time
	last atomic.Pointer[time.Time]
	// failing is when the first failure after the last contact was; nil for none.
	failing atomic.Pointer[time.Time]
	// reported is when a failure was last reported, in nanoseconds since the Unix epoch.
	reported atomic.Int64
}

func newContact(now func() time.Time) *contact {
	c := &contact{now: now}
	c.heard()
	return c
}

// heard records a contact. It reports whether failures came before it.
func (c *contact) heard() (recovered bool) {
	now := c.now()
	c.last.Store(&now)
	return c.failing.Swap(nil) != nil
}

// silence is how long ago the last contact was. The monotonic clock of a process stops while its
// machine is suspended, and the wall clock may be set back, so the longer of the two counts.
func (c *contact) silence() time.Duration {
	now, last := c.now(), *c.last.Load()
	return max(now.Sub(last), now.Round(0).Sub(last.Round(0)))
}

// reportPeriod is how often to report that a watch still fails.
const reportPeriod = 5 * time.Minute

// failingFor is how long the watch has been failing; 0 if it works, or has not been tried.
func (c *contact) failingFor() time.Duration {
	first := c.failing.Load()
	if first == nil {
		return 0
	}
	return max(1, c.now().Sub(*first))
}

// report reports whether a failure is worth a line in the log: the first one, and one in each
// reportPeriod. A reflector retries up to every second.
func (c *contact) report() bool {
	at := c.now()
	now := at.UnixNano()
	if c.failing.CompareAndSwap(nil, &at) || time.Duration(now-c.reported.Load()) >= reportPeriod {
		c.reported.Store(now)
		return true
	}
	return false
}

// patience is how much longer than agreed to wait for the end of a watch or of a list.
const patience = 15 * time.Second

// listTimeout is how long a list may take.
const listTimeout = time.Minute

// start starts a watch, which the API server ends after o.TimeoutSeconds. If it does not, the
// watch is ended here: its connection is broken, although nothing says so.
func (i *Informer) start(ctx context.Context, resource dynamic.ResourceInterface, o metav1.ListOptions) (watch.Interface, error) {
	if i.refresh > 0 {
		o.TimeoutSeconds = new(int64(max(time.Second, i.refresh) / time.Second))
	}
	cancel := func() {}
	if o.TimeoutSeconds != nil {
		agreed := time.Duration(*o.TimeoutSeconds) * time.Second
		ctx, cancel = context.WithTimeout(ctx, agreed+min(patience, max(time.Second, agreed/4)))
	}
	source, err := resource.Watch(ctx, o)
	if err != nil {
		cancel()
		return nil, err
	}
	i.opened()
	w := &observed{Interface: source, events: make(chan watch.Event), stopped: make(chan struct{}), cancel: cancel}
	go func() {
		timer := time.NewTimer(i.settle())
		defer timer.Stop()
		defer i.closed()
		w.forward(timer.C, i.heard)
	}()
	return w, nil
}

// opened and closed count the open watches: one, except for a moment when it is replaced.
func (i *Informer) opened() {
	i.gapMutex.Lock()
	defer i.gapMutex.Unlock()
	i.watches++
	i.gap = nil
}

func (i *Informer) closed() {
	i.gapMutex.Lock()
	defer i.gapMutex.Unlock()
	if i.watches--; i.watches == 0 {
		now := i.contact.now()
		i.gap = &now
	}
}

// Cut is since when no watch is open; nil if one is, or never was. An API server that ends a watch gets
// another one within about a second. A longer gap says that it can't be reached, also where no
// failure is reported: client-go retries silently if connections are refused.
func (i *Informer) Cut() *time.Time {
	i.gapMutex.Lock()
	defer i.gapMutex.Unlock()
	return i.gap
}

// settle is how long after the start of a watch the API server needs to send what changed before.
// Until then, an open watch does not prove that the store is current.
func (i *Informer) settle() time.Duration {
	if i.refresh > 0 {
		return min(time.Second, i.refresh/4)
	}
	return time.Second
}

// observed is a watch that reports its events.
type observed struct {
	watch.Interface
	events  chan watch.Event
	stopped chan struct{}
	done    atomic.Bool
	cancel  context.CancelFunc
}

// ResultChan implements [watch.Interface].
func (o *observed) ResultChan() <-chan watch.Event { return o.events }

// Stop implements [watch.Interface].
func (o *observed) Stop() {
	if o.done.CompareAndSwap(false, true) {
		close(o.stopped)
		o.cancel()
		o.Interface.Stop()
	}
}

// forward passes the events on. It calls heard for each contact, from when settle has a value.
func (o *observed) forward(settle <-chan time.Time, heard func()) {
	defer close(o.events)
	settled := false
	for {
		select {
		case <-o.stopped:
			return
		case <-settle:
			settled = true
			heard()
		case event, open := <-o.Interface.ResultChan():
			if !open {
				return
			}
			if settled && event.Type != watch.Error {
				heard()
			}
			select {
			case o.events <- event:
			case <-o.stopped:
				return
			}
		}
	}
}
