package enforcement

import (
	"fmt"
	"os"
	"testing"
)

// client-go's fakes can't send a list as a watch, and client-go reads this variable once.
func TestMain(m *testing.M) {
	if err := os.Setenv("KUBE_FEATURE_WatchListClient", "false"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
