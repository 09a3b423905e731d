package splitter

import "slices"

// maxFormer bounds the FlowExports that are gone and of which the counts are remembered.
const maxFormer = 512

// former are FlowExports that are gone: one that is not accepted for a moment comes back, and its counts go on.
type former struct {
	streams map[Key]*stream
	// order are the keys, the oldest first.
	order []Key
}

// remember keeps the counts of a stream that ended. What is in its queues is still sent.
func (f *former) remember(s *stream) {
	f.forget(s.Key)
	if len(f.order) >= maxFormer {
		f.forget(f.order[0])
	}
	if f.streams == nil {
		f.streams = map[Key]*stream{}
	}
	f.streams[s.Key] = s
	f.order = append(f.order, s.Key)
}

func (f *former) forget(key Key) {
	if _, ok := f.streams[key]; ok {
		delete(f.streams, key)
		f.order = slices.DeleteFunc(f.order, func(k Key) bool { return k == key })
	}
}

// take returns the counts of a FlowExport that comes; they are zero unless it was there before.
func (f *former) take(key Key, domain uint32) ExportCount {
	count, _ := f.count(key, domain)
	f.forget(key)
	return count
}

// count returns the counts of a FlowExport; false unless it was there before.
func (f *former) count(key Key, domain uint32) (ExportCount, bool) {
	s := f.streams[key]
	if s == nil || s.domain != domain {
		return ExportCount{}, false // or another one of the name
	}
	count := s.counted()
	count.Collectors = nil
	return count, true
}

// Former returns the counts of a FlowExport that is gone; false if there was none, or it is too long ago.
func (s *Splitter) Former(key Key, domain uint32) (ExportCount, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.former.count(key, domain)
}
