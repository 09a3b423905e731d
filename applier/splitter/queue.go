package splitter

import "sync"

// queue holds the bodies that wait for one collector.
type queue struct {
	mu     sync.Mutex
	bodies []*body
	// ready gets a value when there are bodies, or when the queue is closed.
	ready  chan struct{}
	closed bool
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

// put adds a body, unless there are limit of them already.
func (q *queue) put(b *body, limit int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.bodies) >= limit {
		return false
	}
	q.bodies = append(q.bodies, b)
	q.wake()
	return true
}

// close makes take end after what is in the queue.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take waits and returns all bodies, also if there are none because of a call of wake; false if there are none any
// more.
func (q *queue) take() ([]*body, bool) {
	<-q.ready
	q.mu.Lock()
	defer q.mu.Unlock()
	bodies := q.bodies
	q.bodies = nil
	if q.closed && len(bodies) > 0 {
		q.wake()
	}
	return bodies, len(bodies) > 0 || !q.closed
}
