package splitter

import (
	"encoding/binary"
	"time"
)

// point is an interface as a record names it. Its name refers to the datagram's memory.
type point struct {
	name []byte
	// index is the kernel's number of the interface, 0 if it has none.
	index uint32
}

// record is one flow as Open vSwitch reported it.
type record struct {
	layout *layout
	// at is where the packets were observed. peer is where those that left had come in; it is empty
	// otherwise.
	at, peer point
	// start and end are when the first and the last packet were observed. timed says that both are
	// known. They are not if they are longer ago than any flow can be cached: if the clock is set back while one is,
	// Open vSwitch's difference is negative, and its 32 bits say more than an hour.
	start, end time.Time
	timed      bool
	// data is the record for tenants. It is valid until the next record is read.
	data []byte
}

// read reads the next record of a set, with memory for its data.
func (l *layout) read(c *cursor, exportTime uint32, memory []byte) (record, error) {
	r := record{layout: l}
	data := memory[:0]
	for i := range l.steps {
		s := &l.steps[i]
		var prefix, content []byte
		if s.length == variableLength {
			prefix, content = c.variable()
		} else {
			content = c.take(s.length)
		}
		if c.short {
			return r, errCut
		}
		switch s.action {
		case keep, leave:
		case readIndex:
			r.point(s).index = binary.BigEndian.Uint32(content)
		case readName:
			r.point(s).name = content
		case readStart:
			r.start = before(exportTime, content)
			data = binary.BigEndian.AppendUint64(data, uint64(max(r.start.UnixMilli(), 0)))
			continue
		case readEnd:
			r.end = before(exportTime, content)
			data = binary.BigEndian.AppendUint64(data, uint64(max(r.end.UnixMilli(), 0)))
			continue
		}
		if s.kept {
			data = append(append(data, prefix...), content...)
		}
	}
	earliest := time.Unix(int64(exportTime), 0).Add(-DefaultLifetime - leavesCache)
	r.timed = !r.start.Before(earliest) && !r.end.Before(earliest)
	r.data = data
	return r, nil
}

// point is the interface that a step is about.
func (r *record) point(s *step) *point {
	if s.peer {
		return &r.peer
	}
	return &r.at
}

// nowhere reports whether the packets were observed at no interface. That is how Open vSwitch reports what a controller
// makes it send, such as the answers of ovn-controller to what OVN rejects.
func (r *record) nowhere() bool { return r.layout.named && len(r.at.name) == 0 && r.at.index == 0 }

// before is a time in microseconds before that of an export.
func before(exportTime uint32, delta []byte) time.Time {
	return time.Unix(int64(exportTime), 0).Add(-time.Duration(binary.BigEndian.Uint32(delta)) * time.Microsecond)
}
