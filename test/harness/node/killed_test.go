package node

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"sluice/test/harness/require"
)

// TestChild runs a node and waits until TestKilled kills it.
func TestChild(t *testing.T) {
	if os.Getenv("SLUICE_NODE_CHILD") == "" {
		t.Skip("TestKilled runs it")
	}
	network := startNetwork(t, NetworkOptions{})
	n := startNode(t, network, "worker")
	fmt.Printf("\nrunning %d %s %s\n", n.VswitchdPID(), n.Namespace(), n.Dir())
	<-t.Context().Done()
}

// TestKilled checks that the processes of a node end with the test that started them, even if it is
// killed, and that a later network removes the namespaces.
func TestKilled(t *testing.T) {
	t.Parallel()
	require.Root(t, "network namespaces")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), "SLUICE_NODE_CHILD=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var words []string
	lines := bufio.NewScanner(out)
	for len(words) != 4 && lines.Scan() {
		if strings.HasPrefix(lines.Text(), "running ") {
			words = strings.Fields(lines.Text())
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if len(words) != 4 {
		t.Fatal("the child says nothing")
	}
	pid, err := strconv.Atoi(words[1])
	if err != nil {
		t.Fatal(err)
	}
	err = poll(t.Context(), "the end of ovs-vswitchd", func(context.Context) (bool, error) {
		return processExists(pid) != nil, nil
	})
	if err != nil {
		t.Error(err)
	}
	// Claim numbers until that of the dead network is among them.
	for range 20 {
		startNetwork(t, NetworkOptions{})
		_, namespace := os.Stat("/run/netns/" + words[2])
		_, folder := os.Stat(words[3])
		if namespace != nil && folder != nil {
			return
		}
	}
	t.Error("the namespaces or the folder of a killed test stay")
}
