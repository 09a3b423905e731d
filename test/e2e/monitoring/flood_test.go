package monitoring

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
)

// flood begins so many reviews with much to evaluate, and does not end them, that the webhook has to give
// some up: together they may hold 8 MiB.
func flood(t *testing.T, webhook string) {
	t.Helper()
	address := strings.TrimPrefix(webhook, "https://")
	head := fmt.Sprintf("POST /validate HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", address, 4<<20)
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
	body := `{"request":{"userInfo":{"groups":["a"` + strings.Repeat(`,"`+strings.Repeat("a", 100)+`"`, 8000)
	const senders = 14
	answers := make(chan string, senders)
	var seen []string
	var connections []net.Conn
	defer func() {
		for _, c := range connections {
			_ = c.Close()
		}
	}()
	for range senders {
		c, err := dialer.DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		connections = append(connections, c)
		go func() {
			_, _ = c.Write([]byte(head + body)) // refused ones can't send all
			line, _ := bufio.NewReader(c).ReadString('\n')
			answers <- line
		}()
	}
	for range senders {
		line := <-answers
		seen = append(seen, line)
		if strings.Contains(line, " 503 ") {
			return
		}
	}
	t.Fatalf("the webhook was never busy: %q", seen)
}
