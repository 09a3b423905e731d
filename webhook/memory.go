package webhook

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	// maxKept bounds what is kept of one review. A usual one has 4 kB, and 10,000 groups
	// with names of 100 bytes fit.
	maxKept = 1 << 20
	// freeKept is what each review may keep whatever the others hold.
	freeKept = 8 << 10
	// maxShared bounds what all reviews keep beyond that. With freeKept for each connection, it is a twelfth of
	// the memory limit in the manifests.
	maxShared = 8 << 20
)

// memory bounds what the reviews of a server hold together. If it is used up, the review that takes
// longest to arrive makes room: an API server sends one within milliseconds.
type memory struct {
	mu    sync.Mutex
	freed sync.Cond
	left  int
	// holders are the reviews that hold some, the oldest first.
	holders []*holding
}

// holding is what one review holds.
type holding struct {
	bytes int
	// complete says that the whole review has arrived, so that it will soon be answered.
	complete bool
	// evicted says that the review has to make room.
	evicted bool
	client  http.ResponseWriter
}

// evict ends the reading of the review. If that fails, its own deadline ends it.
func (h *holding) evict() {
	h.evicted = true
	_ = http.NewResponseController(h.client).SetReadDeadline(time.Now())
}

func newMemory() *memory {
	m := &memory{left: maxShared}
	m.freed.L = &m.mu
	return m
}

// reserve takes n bytes more. It waits until there is room, and is an error if the review itself
// has to make room.
func (m *memory) reserve(h *holding, n int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.left < n && !h.evicted {
		m.makeRoom(h)
		m.freed.Wait()
	}
	if h.evicted {
		return errEvicted()
	}
	if h.bytes == 0 {
		m.holders = append(m.holders, h)
	}
	m.left -= n
	h.bytes += n
	return nil
}

// makeRoom ends the oldest review that has not arrived yet, unless one is ending already.
func (m *memory) makeRoom(but *holding) {
	if slices.ContainsFunc(m.holders, func(h *holding) bool { return h.evicted }) {
		return
	}
	for _, h := range m.holders {
		if h != but && !h.complete {
			h.evict()
			m.freed.Broadcast() // it may wait for memory, too
			return
		}
	}
}

func errEvicted() error {
	return &requestError{http.StatusServiceUnavailable, "busy", errors.New("reviews need more memory than there is, and this one arrived too slowly")}
}

// arrived says that a review is complete, and returns whether it had to make room before.
func (m *memory) arrived(h *holding) (evicted bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h.complete = true
	return h.evicted
}

// release returns all that a review holds.
func (m *memory) release(h *holding) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h.bytes > 0 {
		m.holders = slices.DeleteFunc(m.holders, func(other *holding) bool { return other == h })
		m.left += h.bytes
		m.freed.Broadcast()
	}
	*h = holding{}
}
