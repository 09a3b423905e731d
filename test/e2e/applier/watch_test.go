package applier

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/go-logr/logr"

	"sluice/applier/node"
)

func TestEveryChangeOfTheDatabaseIsTold(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	w := node.NewWatch("unix:"+n.Socket(), logr.Discard())
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.Run(ctx)
	}()
	defer func() {
		stop()
		<-done
	}()
	told := func(what string) {
		t.Helper()
		select {
		case <-w.Changes():
		case <-time.After(time.Minute):
			t.Fatalf("%s was not told", what)
		}
	}
	told("the connection")
	vsctl(t, n, "--", "--id=@r", "create", "NetFlow", `targets=["192.168.1.99:1"]`, "--", "set", "bridge", "br-int", "netflow=@r")
	told("the first record")
	for i := range 50 {
		vsctl(t, n, "set", "NetFlow", "br-int", fmt.Sprintf(`targets=["192.168.1.99:%d"]`, i+2), "--", "set", "bridge", "br-int", fmt.Sprintf("external_ids:x=%d", i))
		told(fmt.Sprintf("change %d", i))
	}
	n.StopDatabase()
	told("the loss of the connection")
	if err := n.StartDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	told("the connection made again")
}
