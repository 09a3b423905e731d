package hostile

import (
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// large is more than an API server takes from a user, with six bytes for each.
const large = 18 << 20

// unended is a body that is no JSON.
const unended = "brackets that are not closed"

// hostileBodies are reviews with much in one place.
func hostileBodies() map[string]struct{ text, fill string } {
	lists := withFlows(`{"netFlow":{"collectors":[[0]MARK]}}`)
	return map[string]struct{ text, fill string }{
		"nested lists":                {review(forgedUser, withFlows(`{"netFlow":{"collectors":[[[0]]MARK]}}`), forgedOld), `,[[0],[0],[0],[0],[0],[0]]`},
		"lists in the stored object":  {review(forgedUser, withFlows(`{}`), lists), `,[0]`},
		"many members":                {review(forgedUser, withFlows(`{"a":0MARK}`), forgedOld), `,"a":0`},
		"one long string":             {review(forgedUser, withFlows(`{"netFlow":{"collectors":["MARK"]}}`), forgedOld), `\u003c`},
		"many groups":                 {review(`{"username":"mary","groups":["a"MARK]}`, withFlows(`{}`), forgedOld), `,"a"`},
		"a long name":                 {review(forgedUser, `{"metadata":{"name":"MARK"},"spec":{}}`, forgedOld), `<`},
		"a large status":              {review(forgedUser, `{"status":[0MARK],"metadata":{"name":"cluster"},"spec":{}}`, forgedOld), `,{"a":[0]}`},
		unended:                       {review(forgedUser, `{"metadata":{"name":"cluster"},"spec":{"deep":MARK`, forgedOld), `[`},
		"a ConfigMap with a long key": {configReview(`{"junk":"MARK","sharedTarget":"10.0.0.6:4739"}`), `\u003c`},
		"a ConfigMap with many keys":  {configReview(`{"sharedTarget":"10.0.0.6:4739"MARK}`), `,"a":"b"`},
		"a long target":               {configReview(`{"sharedTarget":"10.0.0.6:4739MARK"}`), `,10.0.0.6:4739`},
	}
}

func TestBodies(t *testing.T) {
	var attacks []attack
	for _, at := range []int{1, 32} {
		for _, name := range slices.Sorted(maps.Keys(hostileBodies())) {
			b := hostileBodies()[name]
			attacks = append(attacks, attack{fmt.Sprintf("%d at once: %s", at, name), func(t *testing.T) (sent int64, _ func()) {
				_, length := filled(b.text, b.fill, large)
				together(at, func(int) {
					body, length := filled(b.text, b.fill, large)
					// Of several at once, some may have to make room for others.
					status, text := post(t, body, length)
					if status == http.StatusOK && !strings.Contains(text, `"allowed":false`) || at == 1 && (status == http.StatusOK) == (name == unended) {
						t.Errorf("HTTP %d %.300s", status, text)
					}
				})
				return int64(at) * length, nil
			}})
		}
	}
	attacks = append(attacks, attack{"100 MiB without a length", func(t *testing.T) (int64, func()) {
		body, length := filled(review(forgedUser, `{"metadata":{"name":"cluster"},"spec":{"padding":"MARK"}}`, forgedOld), "x", 100<<20)
		if status, text := post(t, body, -1); status == http.StatusOK {
			t.Errorf("answered: %.300s", text)
		}
		return length, nil
	}})
	withstand(t, attacks)
}

func nothing() io.Reader { return strings.NewReader("") }

func TestConnections(t *testing.T) {
	const whole = 4 << 20
	// What is kept of it grows to the limit, and the last byte never comes.
	groups := func() io.Reader {
		body, _ := filled(review(`{"username":"mary","groups":["a"MARK]}`, withFlows(`{}`), forgedOld), `,"`+strings.Repeat("a", 110)+`"`, 1_000_000)
		return io.LimitReader(body, 1_000_000)
	}
	tail := func() io.Reader {
		body, _ := filled(review(forgedUser, `{"metadata":{"name":"cluster"},"spec":{"padding":"MARK"}}`, forgedOld), "x", whole)
		return io.LimitReader(body, whole-1)
	}
	var attacks []attack
	for _, n := range []int{10, 100, 1000} {
		for _, caller := range []struct {
			where string
			from  func(int) string
		}{{"from the API server's address", sameAddress}, {"from another address", otherAddress}, {"from many addresses", manyAddresses}} {
			add := func(what string, handshake bool, header string, body func() io.Reader) {
				attacks = append(attacks, attack{fmt.Sprintf("%d connections %s, %s", n, what, caller.where), func(t *testing.T) (int64, func()) {
					return stall(t, n, caller.from, handshake, header, body)
				}})
			}
			add("stalled without a handshake", false, "\x16\x03\x01", nothing)
			add("stalled in the header", true, header(whole)[:60], nothing)
			add("stalled with a megabyte of groups", true, header(whole), groups)
			if n < 1000 { // else 4 GiB
				add("stalled before the last byte of 4 MiB", true, header(whole), tail)
			}
		}
	}
	withstand(t, attacks)
}

func TestHeadersAndAnswers(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	denied := review(strings.Replace(forgedUser, "mary", strings.Repeat("<", 4000), 1), withFlows(`{"netFlow":{"collectors":["192.0.2.1:2055","192.0.2.2:2055","192.0.2.3:2055"]}}`), forgedOld)
	withstand(t, []attack{
		{"100 connections with headers of 1 MiB", func(t *testing.T) (int64, func()) {
			return stall(t, 100, sameAddress, true, "POST /validate HTTP/1.1\r\nHost: x\r\nX: "+long, nothing)
		}},
		{"100 connections with requests of 1 MiB in the path", func(t *testing.T) (int64, func()) {
			return stall(t, 100, sameAddress, true, "POST /"+long, nothing)
		}},
		{"100 connections that send requests and read no answers", func(t *testing.T) (int64, func()) {
			one := header(int64(len(denied))) + denied
			return stall(t, 100, manyAddresses, true, "", func() io.Reader { return io.LimitReader(&endless{text: one}, 4<<20) })
		}},
		{"3,000 connections that come and go", func(t *testing.T) (sent int64, _ func()) {
			together(10, func(int) {
				for range 300 {
					if c, err := connect(t, "127.0.0.3"); err == nil {
						client := tls.Client(c, withName(clientTLS()))
						_ = client.HandshakeContext(t.Context()) // the webhook may refuse it
						_ = c.Close()
					}
				}
			})
			return 0, nil
		}},
		{"2,000 forged denials, 32 at once", func(t *testing.T) (sent int64, _ func()) {
			together(32, func(int) {
				for range 2000 / 32 {
					post(t, strings.NewReader(denied), int64(len(denied)))
				}
			})
			checkEvents(t)
			return int64(2000 * len(denied)), nil
		}},
	})
}

// checkEvents checks that few and small Events were stored.
func checkEvents(t *testing.T) {
	t.Helper()
	const most, largest = 200, 200 * 4 << 10
	out := must(t, "admin", "", "get", "events", "-A", "-o", "json").Stdout
	if n := strings.Count(out, `"kind": "Event"`); n > most || len(out) > largest {
		t.Errorf("%d Events with %d bytes", n, len(out))
	}
}
