package splitter

import (
	"bytes"
	"time"
)

// data takes in a set of data records.
func (s *Splitter) data(h header, id uint16, body []byte, now time.Time) error {
	l := s.templates.of(h.domain)[id]
	switch {
	case l != nil && l.options:
		return nil
	case h.domain != s.bridge:
		s.counts.OtherDomain++
		return nil
	case l == nil:
		s.counts.NoTemplate++
		return nil
	}
	for c := (cursor{rest: body}); len(c.rest) > 0; {
		if len(c.rest) < l.least && len(bytes.Trim(c.rest, "\x00")) == 0 {
			return nil // padding
		}
		r, err := l.read(&c, h.exportTime, s.memory)
		if err != nil {
			return err
		}
		s.memory = r.data
		s.counts.Records++
		s.deliver(&r, now)
	}
	return nil
}

// deliver gives a record to the namespace that it belongs to.
func (s *Splitter) deliver(r *record, now time.Time) {
	if r.nowhere() {
		s.counts.OfNoPod++
		return
	}
	namespace, known := s.ports.owner(r.at, r)
	switch known {
	case unknown:
		s.counts.Unknown++
		return
	case ofNoPod:
		s.counts.OfNoPod++
		return
	case ambiguous:
		s.counts.Ambiguous++
		return
	case owned:
	}
	streams := s.streams[namespace]
	if len(streams) == 0 {
		s.counts.Unclaimed++
		return
	}
	if r.layout.egress {
		if peer, known := s.ports.owner(r.peer, r); known == owned && peer == namespace {
			s.counts.Copies++ // it was reported when it entered the bridge
			return
		}
	}
	for _, st := range streams {
		if !st.gathering {
			st.gathering = true
			s.gathering = append(s.gathering, st)
		}
		st.add(r, s.limit, now)
	}
}
