package page

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is a running "kubectl sluice ui".
type program struct {
	t     *testing.T
	cmd   *exec.Cmd
	links chan string
	done  chan struct{}

	mu     sync.Mutex
	output strings.Builder
}

// ui starts the page as a user.
func ui(t *testing.T, user string, flags ...string) *program {
	t.Helper()
	p := &program{t: t, links: make(chan string, 16), done: make(chan struct{})}
	// A program that is started while SIGHUP is ignored, as with nohup, ignores it too.
	arguments := []string{"--default-signal=HUP", shared.plugin, "ui", "--kubeconfig", shared.Kubeconfig(user)}
	p.cmd = exec.CommandContext(t.Context(), "env", append(arguments, flags...)...)
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`http://127\.0\.0\.1:\d+/#k=\S+`)
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			p.mu.Lock()
			p.output.WriteString(lines.Text() + "\n")
			p.mu.Unlock()
			if l := link.FindString(lines.Text()); l != "" {
				p.links <- l
			}
		}
	}()
	go func() {
		<-read
		_ = p.cmd.Wait() // stop looks at the state
		close(p.done)
	}()
	t.Cleanup(func() { p.stop(syscall.SIGTERM) })
	return p
}

// link is the next link that the program prints.
func (p *program) link() string {
	p.t.Helper()
	select {
	case l := <-p.links:
		return l
	case <-p.done:
		p.t.Fatal("the program ended")
	case <-time.After(time.Minute):
		p.t.Fatal("the program printed no link")
	}
	return ""
}

// port is the port of a link.
func port(link string) string {
	port, _, _ := strings.Cut(strings.TrimPrefix(link, "http://127.0.0.1:"), "/")
	return port
}

// stop ends the program and returns its exit status.
func (p *program) stop(signal syscall.Signal) int {
	select {
	case <-p.done:
	default:
		_ = p.cmd.Process.Signal(signal) // it may just have ended
		select {
		case <-p.done:
		case <-time.After(time.Minute):
			p.t.Errorf("the program did not end after %s", signal)
			_ = p.cmd.Process.Kill()
			<-p.done
		}
	}
	return p.cmd.ProcessState.ExitCode()
}

// memory is the resident memory of the program in MiB, now and at its peak.
func (p *program) memory() (now, peak int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	field := func(name string) int {
		m := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+) kB`).FindSubmatch(text)
		if m == nil {
			p.t.Fatalf("no %s in the status of the process", name)
		}
		n, _ := strconv.Atoi(string(m[1]))
		return n >> 10
	}
	return field("VmRSS"), field("VmHWM")
}
