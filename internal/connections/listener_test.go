package connections

import (
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// arrivals adds connections in order and returns what remains. Each text is an address, and "+" marks a
// connection that got an answer, "!" one that is being answered.
func arrivals(limits Limits, texts ...string) []string {
	t := newTable(limits)
	names := map[*Conn]string{}
	for i, text := range texts {
		address := text
		for len(address) > 0 && (address[len(address)-1] == '+' || address[len(address)-1] == '!') {
			address = address[:len(address)-1]
		}
		c := &Conn{table: t, address: netip.MustParseAddr(address), since: time.Unix(int64(i), 0)}
		c.answered, c.busy = text[len(address):] == "+", text[len(address):] == "!"
		if _, ok := t.add(c, c.since.Add(time.Minute)); ok {
			names[c] = text
		}
	}
	var open []*Conn
	for _, list := range t.open {
		open = append(open, list...)
	}
	slices.SortFunc(open, func(a, b *Conn) int { return a.since.Compare(b.since) })
	var left []string
	for _, c := range open {
		left = append(left, names[c])
	}
	if t.total != len(left) {
		panic("the table counts wrongly")
	}
	return left
}

func TestWhoMakesRoom(t *testing.T) {
	few := Limits{Total: 4, PerAddress: 3}
	for name, test := range map[string]struct{ arrive, want []string }{
		"room for all":                         {[]string{"10.0.0.1", "10.0.0.1", "10.0.0.2"}, []string{"10.0.0.1", "10.0.0.1", "10.0.0.2"}},
		"the address's own oldest":             {[]string{"10.0.0.2", "10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.1"}, []string{"10.0.0.2", "10.0.0.1", "10.0.0.1", "10.0.0.1"}},
		"its oldest without an answer":         {[]string{"10.0.0.1+", "10.0.0.1", "10.0.0.1+", "10.0.0.1"}, []string{"10.0.0.1+", "10.0.0.1+", "10.0.0.1"}},
		"its oldest with an answer":            {[]string{"10.0.0.1+", "10.0.0.1+", "10.0.0.1+", "10.0.0.1"}, []string{"10.0.0.1+", "10.0.0.1+", "10.0.0.1"}},
		"nothing that is being answered":       {[]string{"10.0.0.1!", "10.0.0.1", "10.0.0.1!", "10.0.0.1"}, []string{"10.0.0.1!", "10.0.0.1!", "10.0.0.1"}},
		"nothing is left to close":             {[]string{"10.0.0.1!", "10.0.0.1!", "10.0.0.1!", "10.0.0.1"}, []string{"10.0.0.1!", "10.0.0.1!", "10.0.0.1!"}},
		"the address with the most":            {[]string{"10.0.0.9", "10.0.0.1+", "10.0.0.1+", "10.0.0.2", "10.0.0.3"}, []string{"10.0.0.9", "10.0.0.1+", "10.0.0.2", "10.0.0.3"}},
		"of equal addresses the oldest":        {[]string{"10.0.0.1+", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"}, []string{"10.0.0.1+", "10.0.0.3", "10.0.0.4", "10.0.0.5"}},
		"the next address if one is answered":  {[]string{"10.0.0.1!", "10.0.0.1!", "10.0.0.2", "10.0.0.3", "10.0.0.4"}, []string{"10.0.0.1!", "10.0.0.1!", "10.0.0.3", "10.0.0.4"}},
		"IPv6 addresses are kept apart":        {[]string{"2001:db8::1", "2001:db8::1", "2001:db8::1", "2001:db8::2"}, []string{"2001:db8::1", "2001:db8::1", "2001:db8::1", "2001:db8::2"}},
		"all are being answered, of many, too": {[]string{"10.0.0.1!", "10.0.0.2!", "10.0.0.3!", "10.0.0.4!", "10.0.0.5"}, []string{"10.0.0.1!", "10.0.0.2!", "10.0.0.3!", "10.0.0.4!"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := arrivals(few, test.arrive...); !slices.Equal(got, test.want) {
				t.Errorf("left %v, want %v", got, test.want)
			}
		})
	}
}

// What an API server has just opened or used is closed last, whatever it was answered before.
func TestConnectionsInUseStay(t *testing.T) {
	const address = "10.0.0.1"
	now := time.Unix(100, 0)
	table := newTable(Limits{Total: 3, PerAddress: 3})
	open := func(age time.Duration, answered bool) *Conn {
		c := &Conn{table: table, address: netip.MustParseAddr(address), since: now.Add(-age), answered: answered}
		table.put(c)
		return c
	}
	handshake, used, idle := open(0, false), open(time.Minute, true), open(30*time.Second, true)
	now = now.Add(begins / 2)
	used.since = now // a request arrives
	if evicted, ok := table.add(&Conn{table: table, address: handshake.address, since: now}, now); !ok || evicted != idle {
		t.Errorf("evicted %v, want the idle connection", evicted)
	}
	now = now.Add(2 * begins)
	if evicted, ok := table.add(&Conn{table: table, address: handshake.address, since: now}, now); !ok || evicted != handshake {
		t.Errorf("evicted %v, want the handshake that does not end", evicted)
	}
}

// dial connects to a listener, and returns both ends.
func dial(t *testing.T, l *Listener) (client net.Conn, server *Conn) {
	t.Helper()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- c
	}()
	client, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	server = Of(tls.Server(<-accepted, nil))
	if server == nil {
		t.Fatal("the connection is not found below TLS")
	}
	return client, server
}

func TestAnOldConnectionMakesRoomAndAClosedOneLeavesIt(t *testing.T) {
	inner, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	l := Limit(inner, Limits{Total: 10, PerAddress: 2})
	first, served := dial(t, l)
	served.Arrives()
	served.Begin()
	served.Done(true)
	second, waiting := dial(t, l)
	for _, c := range []*Conn{served, waiting} {
		l.open.update(func() { c.since = c.since.Add(-time.Minute) })
	}
	third, server := dial(t, l)
	if _, err := second.Read(make([]byte, 1)); err == nil {
		t.Error("the connection that got no answer is still open")
	}
	for range 2 {
		_ = server.Close() // a second time changes nothing
	}
	if _, err := third.Read(make([]byte, 1)); err == nil {
		t.Error("the closed connection is still open")
	}
	fourth, _ := dial(t, l)
	for _, c := range []net.Conn{first, fourth} {
		if err := c.SetReadDeadline(time.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err == nil || !err.(net.Error).Timeout() { //nolint:errorlint // errors of this type only
			t.Errorf("a connection was closed though there is room: %v", err)
		}
	}
	if l.open.total != 2 {
		t.Errorf("%d connections are counted, want 2", l.open.total)
	}
}

// A handler outside of such a listener has no connection.
func TestNoConnection(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	c := Of(a)
	if c != nil {
		t.Errorf("found %v", c)
	}
	c.Begin()
	c.Done(true)
}
