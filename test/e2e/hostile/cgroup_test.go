package hostile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cgroup is a memory cgroup of its own.
type cgroup struct {
	dir string
	// The names of its files, which differ between versions.
	version, limit, peak string
}

// newCgroup makes a cgroup with a limit in bytes, of version 2 where that has the memory controller, or of
// version 1.
func newCgroup(limit int64) (*cgroup, error) {
	const root = "/sys/fs/cgroup"
	c := &cgroup{dir: root, version: "v2", limit: "memory.max", peak: "memory.peak"}
	if controllers, err := os.ReadFile(filepath.Join(root, "cgroup.controllers")); err != nil || !strings.Contains(string(controllers), "memory") {
		c = &cgroup{dir: filepath.Join(root, "memory"), version: "v1", limit: "memory.limit_in_bytes", peak: "memory.max_usage_in_bytes"}
	} else if err := os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte("+memory"), 0); err != nil {
		return nil, fmt.Errorf("the memory controller can't be used: %w", err)
	}
	c.dir = filepath.Join(c.dir, fmt.Sprintf("sluice-hostile-%d", os.Getpid()))
	if err := os.Mkdir(c.dir, 0o755); err != nil {
		return nil, fmt.Errorf("make a cgroup: %w", err)
	}
	if err := os.WriteFile(c.file(c.limit), []byte(strconv.FormatInt(limit, 10)), 0); err != nil {
		return nil, errors.Join(err, c.remove())
	}
	if got, err := c.number(c.limit); err != nil || got != limit {
		return nil, errors.Join(fmt.Errorf("the limit is %d instead of %d: %w", got, limit, err), c.remove())
	}
	return c, nil
}

func (c *cgroup) file(name string) string { return filepath.Join(c.dir, name) }

func (c *cgroup) number(name string) (int64, error) {
	text, err := os.ReadFile(c.file(name))
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
}

// kills is how many processes the kernel has ended for want of memory.
func (c *cgroup) kills() (int64, error) {
	name := "memory.events"
	if c.version == "v1" {
		name = "memory.oom_control"
	}
	text, err := os.ReadFile(c.file(name))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "oom_kill "); ok {
			return strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
		}
	}
	return 0, fmt.Errorf("%s has no oom_kill: %s", name, text)
}

// remove deletes the cgroup after its processes have ended. The kernel needs some time for that.
func (c *cgroup) remove() error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		if err := os.Remove(c.dir); err == nil || errors.Is(err, os.ErrNotExist) {
			return nil
		}
		<-tick.C
	}
	return os.Remove(c.dir)
}

// wrap writes a program that runs another one in the cgroup, with the environment of a container.
func (c *cgroup) wrap(program, dir string, env ...string) (string, error) {
	script := filepath.Join(dir, "in-cgroup")
	text := "#!/bin/sh\nset -e\necho $$ > " + c.file("cgroup.procs") + "\n"
	for _, e := range env {
		text += "export " + e + "\n"
	}
	return script, os.WriteFile(script, []byte(text+"exec "+program+" \"$@\"\n"), 0o755)
}

// resident is the peak of a process's resident memory since the last call of restart, in bytes.
func resident(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("no VmHWM")
}

// restart forgets the peak.
func restart(pid int) error {
	const resetPeak = "5" // proc(5)
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte(resetPeak), 0)
}
