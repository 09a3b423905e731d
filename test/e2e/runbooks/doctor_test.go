package runbooks

import (
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

const doctor = "kubectl sluice doctor"

// finding waits until doctor has a finding with a part: its line, and the indented lines below.
func finding(t *testing.T, c *cluster.ControlPlane, part string) (found string) {
	t.Helper()
	eventually(t, func() string {
		output := run(t, c, doctor+" || [ $? = 1 ]")
		found = ""
		for l := range strings.Lines(output) {
			if !strings.HasPrefix(l, " ") {
				if strings.Contains(found, part) {
					return ""
				}
				found = ""
			}
			found += l
		}
		if strings.Contains(found, part) {
			return ""
		}
		return "no finding has " + part + ":\n" + output
	})
	return found
}
