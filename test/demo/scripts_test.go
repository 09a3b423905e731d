package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// script runs a script of hack/ with the programs of a folder before all others, and returns what it printed.
func script(t *testing.T, programs map[string]string, environment []string, name string, args ...string) (out string, code int) {
	t.Helper()
	root, err := cluster.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, text := range programs {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/bash\n"+text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), filepath.Join(root, "hack", name), args...)
	command.Env = slices.Concat(os.Environ(), []string{"PATH=" + folder + ":" + os.Getenv("PATH"), "KUBEBUILDER_ASSETS="}, environment)
	text, err := command.CombinedOutput()
	if command.ProcessState == nil {
		t.Fatal(err)
	}
	return string(text), command.ProcessState.ExitCode()
}

// absent is a program that does not work, as podman without a service.
const absent = "exit 1\n"

func TestTheDemoSaysBeforeWhatItInstalls(t *testing.T) {
	empty, built := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(built, "controlplane"), 0o750); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"controlplane/kube-apiserver", "packages-13/complete"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(built, file)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(built, file), nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	none := map[string]string{"podman": absent, "docker": absent}
	for name, c := range map[string]struct {
		bin       string
		programs  map[string]string
		says, not []string
	}{
		"the first time": {empty, none, []string{"two API servers and three nodes", "It builds kube-apiserver, etcd and kubectl in bin/ (once", "a second Debian release", "make clean"}, []string{"make demo-container", "in bin/ already"}},
		"again":          {built, none, []string{"kube-apiserver, etcd and kubectl are in bin/ already"}, []string{"It builds", "a second Debian release"}},
	} {
		out, code := script(t, c.programs, nil, "demo.sh", c.bin)
		if code != 0 {
			t.Errorf("%s: exit status %d:\n%s", name, code, out)
		}
		for _, text := range c.says {
			if !strings.Contains(out, text) {
				t.Errorf("%s: it does not say %q:\n%s", name, text, out)
			}
		}
		for _, text := range c.not {
			if strings.Contains(out, text) {
				t.Errorf("%s: it says %q:\n%s", name, text, out)
			}
		}
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
		t.Errorf("the script wrote %v, %v", left, err)
	}
}

// fakeRun is a podman that prints its arguments, each on a line. Its image has Go if the variable says so.
const fakeRun = `case "$1" in
info) exit 0 ;;
esac
case "$*" in
*"command -v go"*) [ -n "$IMAGE_HAS_GO" ]; exit ;;
esac
printf '%s\n' "$@"
`

// TestTheContainerOfTheDemo: a container engine is not at hand in tests, so only what is asked of it is checked.
func TestTheContainerOfTheDemo(t *testing.T) {
	t.Run("without an engine", func(t *testing.T) {
		out, code := script(t, map[string]string{"podman": absent, "docker": absent}, nil, "demo-container.sh")
		if code != 2 || !strings.Contains(out, "apt-get install podman") || !strings.Contains(out, "make demo") {
			t.Errorf("exit status %d:\n%s", code, out)
		}
	})
	for name, c := range map[string]struct {
		programs    map[string]string
		environment []string
		has, not    []string
	}{
		"podman":              {map[string]string{"podman": fakeRun, "docker": absent}, []string{"IMAGE_HAS_GO=1"}, []string{"With podman", "run", "--rm", "--cap-add=NET_ADMIN", "--cap-add=SYS_ADMIN", "sluice-demo:/demo", "docker.io/library/golang:1.26-bookworm"}, []string{":/usr/local/go:ro"}},
		"docker":              {map[string]string{"podman": absent, "docker": fakeRun}, []string{"IMAGE_HAS_GO=1"}, []string{"With docker", "--security-opt=apparmor=unconfined"}, nil},
		"an image without Go": {map[string]string{"podman": fakeRun}, []string{"IMAGE_HAS_GO=", "DEMO_IMAGE=debian:13"}, []string{"debian:13", ":/usr/local/go:ro"}, []string{"golang:1.26-bookworm"}},
		"more options":        {map[string]string{"podman": fakeRun}, []string{"IMAGE_HAS_GO=1", "DEMO_OPTIONS=--network=host --pull=never"}, []string{"--network=host", "--pull=never"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			out, code := script(t, c.programs, c.environment, "demo-container.sh")
			if code != 0 || !strings.Contains(out, "/source:ro\n") || !strings.Contains(out, "about 10 minutes") {
				t.Errorf("exit status %d; the sources are not mounted read-only, or it does not say how long it takes:\n%s", code, out)
			}
			for _, text := range c.has {
				if !strings.Contains(out, text) {
					t.Errorf("no %q in\n%s", text, out)
				}
			}
			for _, text := range c.not {
				if strings.Contains(out, text) {
					t.Errorf("%q in\n%s", text, out)
				}
			}
			_, inner, _ := strings.Cut(out, "\n-euc\n")
			if err := exec.CommandContext(t.Context(), "sh", "-n", "-c", inner).Run(); err != nil || !strings.Contains(inner, "exec make demo") {
				t.Errorf("the script in the container is no script: %v\n%s", err, inner)
			}
		})
	}
}
