package admission

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
	"sluice/test/harness/testca"
)

// A webhook that can't answer blocks edits of the lists and nothing else, whatever is wrong
// with it.
func TestOutage(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault func(t *testing.T)
		// why the API server gives.
		why string
	}{
		{"down", stop, "connection refused"},
		{"hung", freeze, "context deadline exceeded"},
		{"of an authority that is not in the registration", distrust, "certificate signed by unknown authority"},
		{"with an expired certificate", expire, "certificate has expired"},
	} {
		t.Run(c.name, func(t *testing.T) {
			reset(t)
			store(t, documented)
			c.fault(t)
			t.Cleanup(func() {
				_ = syscall.Kill(shared.sluice.PID, syscall.SIGCONT) // it may have ended
				_ = shared.sluice.Stop()                             // it may have been stopped by the test
				if err := shared.start(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			})
			listsAloneAreBlocked(t, c.why)
		})
	}
}

func listsAloneAreBlocked(t *testing.T, why string) {
	t.Helper()
	must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"logLevel":"Debug"}}`}})
	must(t, cluster.Command{User: cluster.Operator, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":{"sFlow":{"collectors":["192.0.2.1:6343"]}}}}`}})
	must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"create", "configmap", "-n", "openshift-network-operator", "unrelated"}})
	must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"delete", "configmap", "-n", "openshift-network-operator", "unrelated"}})
	must(t, cluster.Command{User: cluster.NetAdmin, Stdin: generated, Args: []string{"create", "--dry-run=server", "-f", "-"}})

	refused := merge(t, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`)
	if refused.OK() || !strings.Contains(refused.All(), "networks.mutate.sluice.dev") || !strings.Contains(refused.All(), why) {
		t.Errorf("editing the list: exit status %d, printed %s", refused.Code, refused.All())
	}
	door := kubectl(t, cluster.Command{User: cluster.NetAdmin, Stdin: flowsConfig("sharedTarget: 192.0.2.1:4739"), Args: []string{"create", "-f", "-"}})
	if door.OK() || !strings.Contains(door.All(), "flows-config.mutate.sluice.dev") {
		t.Errorf("creating the ConfigMap: exit status %d, printed %s", door.Code, door.All())
	}

	must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=json", `-p=[{"op":"remove", "path":"/spec/exportNetworkFlows"}]`}})
	if got := stored(t); got != "" {
		t.Errorf("after the removal %s is stored", got)
	}
}

func stop(t *testing.T) {
	t.Helper()
	if err := shared.sluice.Stop(); err != nil {
		t.Fatal(err)
	}
}

// freeze makes the webhook take connections and answer nothing.
func freeze(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(shared.sluice.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}

// distrust puts another authority into the registration.
func distrust(t *testing.T) {
	t.Helper()
	other, err := testca.New("other", time.Now(), time.Hour, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	trust(t, other.Bundle())
	if err := shared.WaitRefused(t.Context(), "192.0.2.1", "unknown authority"); err != nil {
		t.Fatal(err)
	}
}

// trust writes a bundle into the registration.
func trust(t *testing.T, bundle []byte) {
	t.Helper()
	for kind, hooks := range map[string]int{"mutatingwebhookconfiguration": 2, "validatingwebhookconfiguration": 4} {
		var patch []string
		for i := range hooks {
			patch = append(patch, fmt.Sprintf(`{"op":"replace","path":"/webhooks/%d/clientConfig/caBundle","value":%q}`, i, base64.StdEncoding.EncodeToString(bundle)))
		}
		must(t, cluster.Command{User: cluster.Admin, Args: []string{"patch", kind, "sluice", "--type=json", "-p", "[" + strings.Join(patch, ",") + "]"}})
	}
}

// expire has the webhook serve a certificate until after its end.
func expire(t *testing.T) {
	t.Helper()
	const lifetime = 8 * time.Second // the files are looked at every 3 seconds
	if err := cluster.WritePair(shared.sluice.Authority, shared.sluice.TLSDir, lifetime); err != nil {
		t.Fatal(err)
	}
	err := nodes.Wait(t.Context(), 2*time.Minute, func(ctx context.Context) string {
		dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
		connection, err := dialer.DialContext(ctx, "tcp", strings.TrimPrefix(shared.sluice.URL, "https://"))
		if err != nil {
			return err.Error()
		}
		defer connection.Close()
		if c, ok := connection.(*tls.Conn); !ok || time.Now().Before(c.ConnectionState().PeerCertificates[0].NotAfter) {
			return "the certificate has not expired"
		}
		return ""
	})
	if err != nil {
		t.Fatal(err)
	}
	// Connections that were made before are good still, and kept. A longer bundle is a reason
	// for a new one.
	trust(t, append(shared.sluice.Authority.Bundle(), shared.sluice.Authority.Bundle()...))
	if err := shared.WaitRefused(t.Context(), "192.0.2.1", "expired"); err != nil {
		t.Fatal(err)
	}
}
