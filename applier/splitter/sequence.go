package splitter

import "time"

// sequence follows the sequence numbers of the bridge's exporter. ovs-vswitchd counts its messages with data, each of
// which has one record (ofproto/ofproto-dpif-ipfix.c), and begins again when it makes the exporter again.
type sequence struct {
	last  uint32
	known bool
}

// A difference of more is a new beginning, and one of less backwards a message that was overtaken.
const (
	maxMissed    = 1 << 24
	maxOvertaken = 1 << 10
)

// note takes in a number, and counts what is missing before it.
func (q *sequence) note(number uint32, now time.Time, counts *Counts) {
	if !q.known {
		q.last, q.known = number, true
		return
	}
	switch ahead := number - q.last; {
	case ahead == 0:
	case ahead <= maxMissed:
		if ahead > 1 {
			counts.Missed += uint64(ahead - 1)
			counts.LastMissed = now
		}
		q.last = number
	case -ahead <= maxOvertaken && counts.Missed > 0 && number > maxOvertaken:
		counts.Missed--
	default:
		q.last = number
	}
}
