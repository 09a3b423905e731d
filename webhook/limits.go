package webhook

import (
	"time"

	"sluice/internal/connections"
)

// The limits of what callers can use up before a review begins. Everybody who can reach the port can
// use all of it, and still the next call of an API server must be answered: many entries of the
// webhook configurations let a change pass if it is not.
const (
	// maxHeader is what net/http reads of a request's header, less the 4 KiB that it adds. API
	// servers send less than 1 kB.
	maxHeader = 12 << 10
	// headerTimeout bounds the TLS handshake, and the header of a request.
	headerTimeout = 5 * time.Second
	// bodyTimeout is how long a client may take to send a body. The API server itself gives up
	// after the timeoutSeconds of the webhook configuration, which is 5.
	bodyTimeout = 5 * time.Second
	// answerTimeout bounds the time from the end of the header to the end of the answer.
	answerTimeout = 15 * time.Second
	// idleTimeout is longer than the 90 s for which API servers keep a connection, so that
	// they close it.
	idleTimeout = 2 * time.Minute
	// shutdownTimeout is how long requests may take that are being answered when the server stops.
	shutdownTimeout = 5 * time.Second
)

// reviewConnections bounds the connections. An API server serves 200 changes at once (--max-mutating-requests-inflight),
// and may open a connection for each; afterwards it keeps 25 of them. A connection takes about 60 KiB.
func reviewConnections() connections.Limits {
	return connections.Limits{Total: 384, PerAddress: 256}
}
