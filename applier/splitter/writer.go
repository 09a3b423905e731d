package splitter

import (
	"encoding/binary"
	"math"
	"time"
)

// refreshTemplates is how often templates are sent again to a collector that gets records: it may have
// started later, or have missed them (RFC 7011, 8.4).
const refreshTemplates = 30 * time.Second

// samplingForm is the ID of the options template about sampling.
const samplingForm = firstDataSet

// writer writes the messages of one transport session: one collector of one FlowExport. Sequence numbers
// count the data records that were sent in it (RFC 7011, 3.1).
type writer struct {
	domain   uint32
	sequence uint32
	// sent is when each template was sent last, by ID.
	sent map[uint16]time.Time
	// told is when sampling was told last, and the rate that was told.
	told time.Time
	rate uint32

	memory []byte
}

// again makes the writer send the templates with the next record: what was sent may not have arrived.
func (w *writer) again() {
	clear(w.sent)
	w.told = time.Time{}
}

// write makes the messages for a body: its templates and the sampling rate, if they are due, and its
// records. Each message is valid until the next one is made; flows is how many records of flows it has.
func (w *writer) write(b *body, rate uint32, now time.Time, send func(message []byte, flows uint32)) {
	if w.sent == nil {
		w.sent, w.memory = map[uint16]time.Time{}, make([]byte, 0, maxMessage)
	}
	if rate != 0 && (rate != w.rate || now.Sub(w.told) >= refreshTemplates) {
		w.rate, w.told = rate, now
		w.message(1, now, samplingSets(w.domain, rate), func(message []byte, _ uint32) { send(message, 0) })
	}
	var due []byte
	for _, l := range b.layouts {
		if at, ok := w.sent[l.id]; ok && now.Sub(at) < refreshTemplates {
			continue
		}
		if w.sent[l.id] = now; headerLength+setHeaderLength+len(due)+2+len(l.fields) > maxMessage {
			w.templates(due, now, send)
			due = nil
		}
		due = append(binary.BigEndian.AppendUint16(due, l.id), l.fields...)
	}
	w.templates(due, now, send)
	w.message(b.records, now, b.sets, send)
}

func (w *writer) templates(due []byte, now time.Time, send func([]byte, uint32)) {
	if len(due) > 0 {
		w.message(0, now, appendSet(nil, setTemplates, due), send)
	}
}

// message makes one message.
func (w *writer) message(records uint32, now time.Time, sets []byte, send func([]byte, uint32)) {
	seconds := uint32(now.Unix()) //nolint:gosec // RFC 7011 has 32 bits
	w.memory = appendHeader(w.memory[:0], headerLength+len(sets), header{exportTime: seconds, sequence: w.sequence, domain: w.domain})
	w.memory = append(w.memory, sets...)
	w.sequence += records
	send(w.memory, records)
}

func appendSet(to []byte, id uint16, content []byte) []byte {
	to = binary.BigEndian.AppendUint16(to, id)
	to = binary.BigEndian.AppendUint16(to, uint16(setHeaderLength+len(content))) //nolint:gosec // at most maxMessage
	return append(to, content...)
}

// samplingSets tell that 1 packet in rate was observed: an options template, and its record (RFC 5477,
// section 8). Open vSwitch has multiplied the counters of each record with the rate. So the rate is told
// as a probability, not as an interval: collectors multiply with intervals.
func samplingSets(domain, rate uint32) []byte {
	template := []byte{
		samplingForm >> 8, samplingForm & 0xff, 0, 3, 0, 1, // 3 fields, the first one is the scope
		0, exporterObservation, 0, 4,
		selectorAlgorithm >> 8, selectorAlgorithm & 0xff, 0, 2,
		samplingProbability >> 8, samplingProbability & 0xff, 0, 8,
	}
	record := binary.BigEndian.AppendUint32(nil, domain)
	record = binary.BigEndian.AppendUint16(record, uniformProbabilistic)
	record = binary.BigEndian.AppendUint64(record, math.Float64bits(1/float64(rate)))
	return appendSet(appendSet(nil, setOptionsTemplates, template), samplingForm, record)
}
