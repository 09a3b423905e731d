package enforcement

import (
	"os"
	"testing"
)

// client-go's fakes can't send a list as a watch, and client-go reads this variable once.
func TestMain(m *testing.M) {
	if err := os.Setenv("KUBE_FEATURE_WatchListClient", "false"); err != nil {
		panic(err)
	}
	m.Run()
}
