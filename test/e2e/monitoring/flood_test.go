package monitoring

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
)

// flood holds so many bodies back that the webhook has no room for another: it keeps 32 MiB.
func flood(t *testing.T, webhook string) {
	t.Helper()
	address := strings.TrimPrefix(webhook, "https://")
	head := fmt.Sprintf("POST /validate HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", address, 4<<20)
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
	const senders = 14
	answers := make(chan string, senders)
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
			_, _ = c.Write(append([]byte(head), bytes.Repeat([]byte(" "), 3<<20)...)) // refused ones can't send all
			line, _ := bufio.NewReader(c).ReadString('\n')
			answers <- line
		}()
	}
	for range senders {
		if line := <-answers; strings.Contains(line, " 503 ") {
			return
		}
	}
	t.Fatal("the webhook was never busy")
}
