package monitoring

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// startAgent starts a node whose agent applies a list, repairs what somebody else changed, and
// is refused once when it stores its report.
func (s *sources) startAgent(t *testing.T) {
	t.Helper()
	program, err := cluster.BuildAgent(t.Context(), s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := nodes.Start(t.Context(), s.ControlPlane, nodes.Options{Nodes: []string{"node-a"}, Dummy: true, Program: program})
	t.Cleanup(func() {
		if err := f.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	collector, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = collector.Close() })
	s.node, s.agent = f.Nodes[0], "http://"+freeAddress(t)+"/metrics"
	address := strings.TrimSuffix(strings.TrimPrefix(s.agent, "http://"), "/metrics")
	a, err := f.StartAgent(t.Context(), s.node, "--metrics-bind="+address, "--hold-down=500ms", "--resync=1s", "--poll=300ms")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the agent:\n%s", a.Log())
		}
	})
	s.export(t, fmt.Sprintf(`{"netFlow":{"collectors":[%[1]q]},"sFlow":null,"ipfix":{"collectors":[%[1]q]}}`, collector.LocalAddr()), "patched")
	exposes(t, s.agent, `sluice_agent_condition{type="Applied"} 1`)
	exposes(t, s.agent, `sluice_agent_collector_open{format="IPFIX"`)
	if err := s.node.Traffic(t.Context(), 500); err != nil {
		t.Fatal(err)
	}
	if _, err := s.node.Vsctl(t.Context(), "clear", "bridge", "br-int", "netflow"); err != nil {
		t.Fatal(err)
	}
	exposes(t, s.agent, `sluice_agent_repairs_total{format="NetFlow"} 1`)
	s.must(t, "", "delete", "clusterrolebinding", "sluice-agent")
	s.export(t, `{"netFlow":null}`, "patched")
	exposes(t, s.agent, `sluice_agent_status_writes_total{result="error"}`)
	if err := s.InstallAgents(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// exposes waits until metrics have a line that begins so.
func exposes(t *testing.T, address, line string) {
	t.Helper()
	eventually(t, func(ctx context.Context) string {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err.Error()
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err.Error()
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil || !strings.Contains(string(text), "\n"+line) {
			return fmt.Sprintf("no %s in %s: %v", line, address, err)
		}
		return ""
	})
}
