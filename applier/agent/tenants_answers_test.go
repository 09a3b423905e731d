package agent_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/applier/agent"
)

// queued is how many bytes wait to be read at a socket with a port.
func queued(t *testing.T, file string, port int) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if !strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", port)) {
			continue
		}
		var sending, receiving int
		if _, err := fmt.Sscanf(fields[4], "%X:%X", &sending, &receiving); err != nil {
			t.Fatal(err)
		}
		return receiving
	}
	t.Fatalf("%s has no socket with port %d", file, port)
	return 0
}

// Kind of fault: what a tenant's collector sends back, which the agent does not read, stays in the node's memory.
func TestAnswersOfCollectorsTakeNoMemory(t *testing.T) {
	for address, file := range map[string]string{"127.0.0.1:0": "/proc/net/udp", "[::1]:0": "/proc/net/udp6"} {
		t.Run(address, func(t *testing.T) {
			bound, err := net.ResolveUDPAddr("udp", address)
			if err != nil {
				t.Fatal(err)
			}
			collector, err := net.ListenUDP("udp", bound)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = collector.Close() }()
			to, _ := collector.LocalAddr().(*net.UDPAddr)
			conn, err := agent.DialUDP(to.AddrPort())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			if _, err := conn.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
			_, from, err := collector.ReadFromUDP(make([]byte, 10))
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range []int{1, 60_000} { // the loopback interface delivers at once
				for range 100 {
					if _, err := collector.WriteToUDP(make([]byte, size), from); err != nil {
						t.Fatal(err)
					}
				}
			}
			if n := queued(t, file, from.Port); n > 0 {
				t.Errorf("%d bytes wait to be read", n)
			}
			_ = collector.Close()
			refused(t, conn)
		})
	}
}

// refused waits until the kernel reports a refusal.
func refused(t *testing.T, conn io.Writer) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if _, err := conn.Write([]byte("x")); errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
	}
	t.Error("a refusal is not reported")
}
