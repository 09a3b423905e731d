package page

import (
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// The command ends as other commands do, and says what it serves.
func TestTheCommandEnds(t *testing.T) {
	fleet(t, 1)
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 0, syscall.SIGTERM: 0, syscall.SIGHUP: -1} { // -1: ended by the signal, as the terminal went away
		p := ui(t, editorUser)
		link := p.link()
		if !strings.Contains(p.text(), `Context "test" (https://127.0.0.1:`) || !strings.Contains(p.text(), "It works once") {
			t.Errorf("it prints:\n%s", p.text())
		}
		if code := p.stop(signal); code != want {
			t.Errorf("%s: exit status %d, want %d", signal, code, want)
		}
		if c, err := net.Dial("tcp", "127.0.0.1:"+port(link)); err == nil {
			_ = c.Close()
			t.Errorf("%s: the port is still open", signal)
		}
	}
}

// Another user of the machine can connect, and learns nothing.
func TestAnotherUserLearnsNothing(t *testing.T) {
	fleet(t, 1)
	p := ui(t, editorUser)
	address := "http://127.0.0.1:" + port(p.link())
	for path, want := range map[string]int{"/": 200, "/stream": 401, "/node?name=worker-0000": 401, "/doctor": 401, "/favicon.ico": 404, "/debug/pprof/": 404, "/metrics": 404} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, answer.StatusCode, want)
		}
	}
}

// text is what the program has printed.
func (p *program) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}
