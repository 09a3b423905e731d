package serve

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"sluice/cmd/kubectl-sluice/internal/page/board"
)

const (
	// beat is how often to send something, so that the browser notices a server that is gone.
	beat = 10 * time.Second
	// writeTime is how long a browser may take to read a message.
	writeTime = 20 * time.Second
)

// stream sends the board, and then what changes, as Server-Sent Events. A browser that reads slowly
// gets fewer messages, not later ones.
func (p *Page) stream(w http.ResponseWriter, r *http.Request, slots chan struct{}) {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	default:
		http.Error(w, "the page is open too often", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	// The time to read a request would end the stream.
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		return
	}
	send := func(text []byte) bool {
		if err := control.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
			return false
		}
		_, err := w.Write(text)
		return err == nil && control.Flush() == nil
	}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	var sent *board.Board
	for {
		latest, next := p.Feed.Latest()
		if latest != nil && latest != sent {
			if m, changed := latest.Since(sent); changed {
				text, err := event(m)
				if err != nil || !send(text) {
					return
				}
			}
			sent = latest
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
			if !send([]byte(": alive\n\n")) {
				return
			}
		case <-next:
		}
	}
}

// event is a message as an event. JSON has no line breaks.
func event(m board.Message) ([]byte, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{[]byte("event: board\ndata: "), text, []byte("\n\n")}, nil), nil
}
