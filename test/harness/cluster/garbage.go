package cluster

import (
	"fmt"
	"os"
	"path/filepath"
)

// The programs of Kubernetes are not what is tested, and here they live for seconds or minutes. They collect garbage
// less often than elsewhere, which leaves more of the cores to the tests.
const serverGarbage = "GOGC=300 GOMEMLIMIT=2GiB"

// kubectlGarbage is that of kubectl, which ends before it has much.
func kubectlGarbage() []string { return []string{"GOGC=off", "GOMEMLIMIT=256MiB"} }

// withLessGarbage writes a script that starts a server, and that has its process ID.
func withLessGarbage(dir, server string) (string, error) {
	script := filepath.Join(dir, filepath.Base(server))
	text := fmt.Sprintf("#!/bin/sh\n%s exec '%s' \"$@\"\n", serverGarbage, server)
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		return "", fmt.Errorf("write a script: %w", err)
	}
	return script, nil
}
