package ovs

import (
	"slices"
	"strings"
	"syscall"
	"time"
)

// LogEvent is a line of ovs-vswitchd's log that tells about a collector. OVSDB looks
// perfect in all these cases; only the log, which is limited to a few lines a minute, says
// otherwise.
type LogEvent struct {
	Time time.Time
	Kind LogKind
	// Target is the collector; empty for NoAgentAddress and LinesDropped.
	Target string
	// Reason is the operating system's, and Errno its number; 0 if it is not known.
	Reason string
	Errno  syscall.Errno
	// Refused says that a datagram was refused, because nothing listens. Other reasons why it
	// was not sent are on the node or on the way.
	Refused bool
	// NoRoute says that a datagram was not sent because the node had no route. A probe shows when there is one again.
	NoRoute bool
}

// Err is the error of the operating system; nil if its number is not known.
func (e LogEvent) Err() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}

// LogKind is what a line tells.
type LogKind string

// The kinds.
const (
	SendFailed     LogKind = "SendFailed"     // the collector's host answered that nothing listens, or it is unreachable
	OpenFailed     LogKind = "OpenFailed"     // the target can't be used at all
	NoAgentAddress LogKind = "NoAgentAddress" // sFlow is off: its agent has no address
	LinesDropped   LogKind = "LinesDropped"   // there were more lines about collectors than ovs-vswitchd writes
)

// ParseLogLine reads one line of the log; false if it tells nothing about collectors. A
// line is "TIME|SEQUENCE|MODULE|LEVEL|MESSAGE" (ovs-vswitchd(8), "Logging").
func ParseLogLine(line string) (LogEvent, bool) {
	parts := strings.SplitN(strings.TrimSpace(line), "|", 5)
	if len(parts) != 5 {
		return LogEvent{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, parts[0])
	if err != nil {
		return LogEvent{}, false
	}
	event := LogEvent{Time: at}
	module, _, _ := strings.Cut(parts[2], "(") // the thread's name may follow
	message := parts[4]
	switch {
	case module == "collectors" && strings.Contains(message, sendFailed):
		ends, reason, _ := strings.Cut(message, sendFailed)
		_, remote, _ := strings.Cut(ends, "<->")
		event.Kind, event.Target, event.Reason = SendFailed, remote, parenthesized(reason)
		event.Errno = errnoOf(event.Reason)
		event.Refused = event.Errno == syscall.ECONNREFUSED
		event.NoRoute = slices.Contains(noRoutes(), event.Errno)
	case module == "collectors" && strings.HasPrefix(message, linesDropped):
		event.Kind, event.Reason = LinesDropped, message
	case module == "collectors" && strings.HasPrefix(message, openFailed):
		target, reason := strings.TrimPrefix(message, openFailed), ""
		if end := strings.LastIndex(target, " ("); end >= 0 {
			target, reason = target[:end], target[end:] // a target may be any text
		}
		event.Kind, event.Target, event.Reason = OpenFailed, target, parenthesized(reason)
		event.Errno = errnoOf(event.Reason)
	case module == "sflow" && strings.Contains(message, "could not determine IP address"):
		event.Kind, event.Reason = NoAgentAddress, message
	default:
		return LogEvent{}, false
	}
	event.Target = canonicalTarget(event.Target)
	return event, event.Target != "" || event.Kind == NoAgentAddress || event.Kind == LinesDropped
}

const (
	sendFailed = ": sending to collector failed"
	openFailed = "couldn't open connection to collector "
	// linesDropped begins the line about those that were left out.
	linesDropped = "Dropped "
)

// noRoutes are the errors for want of a route.
func noRoutes() []syscall.Errno {
	return []syscall.Errno{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN}
}

// errnoOf finds the number of an error in the C library's words, which are Go's except for the case of the first letter.
func errnoOf(text string) syscall.Errno {
	const last = 200
	for e := syscall.Errno(1); text != "" && e < last; e++ {
		if strings.EqualFold(e.Error(), text) {
			return e
		}
	}
	return 0
}

func parenthesized(text string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "("), ")")
}
