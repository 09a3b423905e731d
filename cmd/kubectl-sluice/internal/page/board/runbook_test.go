package board

import (
	"os"
	"regexp"
	"testing"

	"sluice/docs"
)

// Every reason of a problem leads to a runbook that exists.
func TestEveryProblemHasARunbook(t *testing.T) {
	source, err := os.ReadFile("../../../../../api/v1alpha1/nodeflowexport_reasons.go")
	if err != nil {
		t.Fatal(err)
	}
	// These are no problems, or say that all is well.
	good := map[string]bool{
		"Unknown": true, "None": true, "InSync": true, "NothingConfigured": true, "PartlySupported": true, "ExportOff": true, "CleanedUp": true,
		"Connected": true, "SocketsOpen": true, "Unwanted": true, "Off": true, "Watching": true,
	}
	for _, m := range regexp.MustCompile(`\bReason\w+ += "(\w+)"`).FindAllStringSubmatch(string(source), -1) {
		alert := runbook(m[1])
		if _, ok := docs.Runbook(alert); !ok && !good[m[1]] {
			t.Errorf("the runbook of %s is %q", m[1], alert)
		}
	}
}
