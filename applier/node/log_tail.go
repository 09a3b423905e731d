package node

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"sluice/applier/ovs"
)

// LogTail reads what is added to ovs-vswitchd's log, through rotation.
type LogTail struct {
	// Path of the log.
	Path string

	file   os.FileInfo
	offset int64
}

// maxTail bounds how much of the log is read at a time: at the start only its end, and
// never more after a flood.
const maxTail = 256 << 10

// Read returns what the new lines tell about collectors. A log that is missing is an error: its
// silence says nothing.
func (l *LogTail) Read() ([]ovs.LogEvent, error) {
	f, err := os.Open(l.Path)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at log: %w", err)
	}
	if l.file == nil || !os.SameFile(l.file, info) || info.Size() < l.offset {
		l.offset = 0 // rotated, or truncated
	}
	l.file = info
	cut := info.Size()-l.offset > maxTail
	if cut {
		l.offset = info.Size() - maxTail
	}
	text, err := io.ReadAll(io.NewSectionReader(f, l.offset, maxTail))
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	// The last line may still be being written.
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	l.offset += int64(len(text))
	var events []ovs.LogEvent
	for line := range bytes.Lines(text) {
		if event, ok := ovs.ParseLogLine(string(line)); ok {
			events = append(events, event)
		}
	}
	return events, nil
}
