package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestInvalidFlagsAreRejected(t *testing.T) {
	for flags, want := range map[string]string{
		"--health-bind=:8080 --metrics-bind=:8080":            "--health-bind and --metrics-bind are both :8080",
		"--bind=127.0.0.1:9443 --metrics-bind=127.0.0.1:9443": "--bind and --metrics-bind are both 127.0.0.1:9443",
		"--api-server=127.0.0.1":                              "write host:port, for example 127.0.0.1:6443",
		"--api-server=https://127.0.0.1:6443":                 "write host:port, for example 127.0.0.1:6443",
		"--api-server=127.0.0.1:0":                            "is not an address",
		"--certs=file":                                        "use managed or files",
		"--certs=managed --cert-dir=/tmp":                     "remove one of the two flags",
		"--certs=files":                                       "--cert-dir is missing",
		"--tls-min-version=1.1":                               "use 1.2 or 1.3",
		"--bind=:0":                                           "not a port from 1 to 65535",
		"--path-secret=x --path-lifetime=59s":                 "--path-lifetime must be at least 1m",
		"--role=both":                                         "use serve, control or all",
		"--role=serve --certs=files":                          "--cert-dir is missing",
		"--memory-limit=128Mi":                                "is not a number of bytes",
		"--memory-limit=0":                                    "is not a number of bytes",
		"--drain=-1s":                                         "--drain can't be negative",
	} {
		t.Run(flags, func(t *testing.T) {
			command := newCommand(func(string) string { return "" })
			command.SetArgs(strings.Fields(flags))
			command.SetErr(&bytes.Buffer{})
			err := command.ExecuteContext(t.Context())
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q", err, want)
			}
		})
	}
}
