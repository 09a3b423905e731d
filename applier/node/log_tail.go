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

	// file is open between reads: after a rotation, its last lines are in no file of this name.
	file   *os.File
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
	var events []ovs.LogEvent
	same, err := l.same(f)
	switch {
	case err != nil:
		_ = f.Close() // nothing is written
		return nil, fmt.Errorf("look at log: %w", err)
	case same:
		_ = f.Close() // nothing is written
	default:
		if l.file != nil {
			// What was added before the rotation. The file may be gone for good.
			events, _ = l.added()
			_ = l.file.Close() // nothing is written
		}
		l.file, l.offset = f, 0
	}
	more, err := l.added()
	return append(events, more...), err
}

// Close closes the log.
func (l *LogTail) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// same reports whether a file is the one that is open.
func (l *LogTail) same(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || l.file == nil {
		return false, err
	}
	open, err := l.file.Stat()
	return err == nil && os.SameFile(open, info), err
}

// added returns what was added to the open file.
func (l *LogTail) added() ([]ovs.LogEvent, error) {
	info, err := l.file.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at log: %w", err)
	}
	if info.Size() < l.offset {
		l.offset = 0 // truncated
	}
	if info.Size()-l.offset > maxTail {
		l.offset = info.Size() - maxTail
	}
	text, err := io.ReadAll(io.NewSectionReader(l.file, l.offset, maxTail))
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
