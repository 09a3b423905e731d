package node_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"

	"sluice/applier/node"
)

// A database that can't be reached must not be asked at full speed.
func TestAWatchThatFailsTellsNothing(t *testing.T) {
	for _, database := range []string{"unix:" + filepath.Join(t.TempDir(), "nobody.sock"), "ssl:127.0.0.1:6640"} {
		w := node.NewWatch(database, logr.Discard())
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		if err := w.Run(ctx); err != nil {
			t.Error(err)
		}
		cancel()
		select {
		case <-w.Changes():
			t.Errorf("%s tells of changes", database)
		default:
		}
	}
}
