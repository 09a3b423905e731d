package applier

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

// outcome is what a command printed, and its exit status.
type outcome struct {
	out  string
	code int
}

// verifying starts "kubectl sluice verify".
func verifying(t *testing.T, args ...string) <-chan outcome {
	t.Helper()
	ended := make(chan outcome, 1)
	go func() {
		out, code := plugin(t, "", append([]string{"verify"}, args...)...)
		ended <- outcome{out, code}
	}()
	return ended
}

// verificationRuns waits until the agent's collector is a target of so many exporters, and returns its
// address.
func verificationRuns(t *testing.T, n *node.Node, exporters int) string {
	t.Helper()
	address := ""
	eventually(t, func(context.Context) string {
		got := rows(t, n)
		if strings.Count(got, `"127.0.0.1:`) != exporters {
			return "the agent's collector is no target:\n" + got
		}
		_, rest, _ := strings.Cut(got, `"127.0.0.1:`)
		port, _, _ := strings.Cut(rest, `"`)
		address = "127.0.0.1:" + port
		return ""
	})
	return address
}

func noVerificationTarget(t *testing.T, n *node.Node) {
	t.Helper()
	eventually(t, func(context.Context) string {
		if got := rows(t, n); strings.Contains(got, "127.0.0.1:") {
			return "the agent's collector is a target still:\n" + got
		}
		return ""
	})
}

// traffic sends packets until it is stopped or the test ends.
func traffic(t *testing.T, n *node.Node) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = n.Send(ctx, 4) // the test ends it
			_ = nodes.Wait(ctx, 200*time.Millisecond, func(context.Context) string { return "time passes" })
		}
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// Kind of fault: what one command starts, another one ends.
func TestTwoVerificationsShareOne(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	a := startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	short := verifying(t, "--timeout=2s")
	verificationRuns(t, n, 1)
	long := verifying(t, "--timeout=60s")
	eventually(t, func(ctx context.Context) string {
		if r, err := shared.Report(ctx, n.Name); err != nil || strings.Count(r.Annotations["sluice.dev/verify"], ",") != 1 {
			return fmt.Sprintf("the second has not joined: %v, %v", r.Annotations, err)
		}
		return ""
	})
	if first := <-short; first.code != 1 || !strings.Contains(first.out, "no datagrams") {
		t.Errorf("status %d:\n%s", first.code, first.out)
	}
	verificationRuns(t, n, 1)
	traffic(t, n)
	if second := <-long; second.code != 0 || !strings.Contains(second.out, "ok") {
		t.Errorf("the second was cut, status %d:\n%s", second.code, second.out)
	}
	noVerificationTarget(t, n)
	if starts := strings.Count(a.Log(), "verification started"); starts != 1 {
		t.Errorf("%d verifications were started, not one for both", starts)
	}
	if r, err := shared.Report(t.Context(), n.Name); err != nil || r.Annotations["sluice.dev/verify"] != "" {
		t.Errorf("the annotation is left: %v, %v", r.Annotations, err)
	}
}

// Kind of fault: a proof that anybody on the node can forge.
func TestForgedDatagramsAreNoProof(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	for _, user := range []string{"0", "65534"} {
		result := verifying(t, "--timeout=4s", "-o", "json")
		address := verificationRuns(t, n, 1)
		forge(t, n, address, user)
		got := <-result
		var verified struct {
			Results []struct {
				Result                      string
				Datagrams, Records, Foreign int64
			}
		}
		if err := json.Unmarshal([]byte(got.out), &verified); err != nil || len(verified.Results) != 1 {
			t.Fatalf("%v:\n%s", err, got.out)
		}
		if r := verified.Results[0]; got.code != 1 || r.Result != "NoDatagrams" || r.Datagrams != 0 || r.Foreign == 0 {
			t.Errorf("user %s: status %d, %+v", user, got.code, r)
		}
		noVerificationTarget(t, n)
	}
}

// forge sends a NetFlow datagram with one record, as a user, to an address on the node.
func forge(t *testing.T, n *node.Node, address, user string) {
	t.Helper()
	host, port, _ := strings.Cut(address, ":")
	header := `\x00\x05\x00\x01` + strings.Repeat(`\x00`, 20)
	script := fmt.Sprintf("printf '%s%s' >/dev/udp/%s/%s", header, strings.Repeat(`\x01`, 48), host, port)
	if out, err := n.Command(t.Context(), "setpriv", "--reuid="+user, "--clear-groups", "bash", "-c", script).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// Kind of fault: idle looks like broken. Without traffic, sFlow sends counters of interfaces, and IPFIX
// sends templates to a new target on some versions only.
func TestAQuietNodeIsNotABrokenOne(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, strings.ReplaceAll(fastProfile, "sampling: 1,", "sampling: 2147483647,"))
	_, target := listen(t, f, false)
	export(t, `{"sFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	got := <-verifying(t, "--timeout=5s")
	expect(t, got.out, got.code, 0, "SFlow", "ok: datagrams leave, but no packet was sampled yet")
}

// IPFIX datagrams that can't be decoded are a proof that they leave.
func TestDatagramsWithoutATemplateLeave(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, strings.ReplaceAll(fastProfile, "cacheMaxFlows: 100", "cacheMaxFlows: 0"))
	_, target := listen(t, f, false)
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	if err := n.Traffic(t.Context(), 10); err != nil { // the template is sent now
		t.Fatal(err)
	}
	result := verifying(t, "--timeout=60s")
	verificationRuns(t, n, 1)
	traffic(t, n)
	got := <-result
	expect(t, got.out, got.code, 0, "node-a  IPFIX")
	if !strings.Contains(got.out, "template not yet seen") && !strings.Contains(got.out, "ok\n") {
		t.Errorf("neither records nor datagrams without a template:\n%s", got.out)
	}
	t.Logf("%s", got.out)
}

// Nodes that are off on purpose are skipped, and nodes that can't answer are not waited for.
func TestVerifySkipsWhatCanNotBeVerified(t *testing.T) {
	f := newFleet(t, "node-a", "node-b", "node-c")
	apply(t, "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: private}\nspec: {nodeSelector: {matchLabels: {kubernetes.io/hostname: node-a}}, export: false}\n")
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, f.Nodes[0])
	startAgent(t, f, f.Nodes[1])
	hasCondition(t, "node-a", "Applied", "True", "ExportOff")
	hasCondition(t, "node-b", "Applied", "True", "InSync")
	got := <-verifying(t, "--node=node-a", "--timeout=10m")
	expect(t, got.out, got.code, 0, "node-a  -", "skipped: FlowExportProfile private switches export off")
	kubectl(t, "patch", "node", "node-b", "--subresource=status", "--type=merge", "-p", `{"status":{"conditions":[{"type":"Ready","status":"False"}]}}`)
	got = <-verifying(t, "--timeout=10m")
	expect(t, got.out, got.code, 1, "skipped: FlowExportProfile", "node-b  -", "not verified: the node is not ready", "node-c  -", "has no NodeFlowExport")
}

// Kind of fault: what is left after a program ends. The port may become another program's.
func TestTheTargetOfAVerificationGoesWithTheAgent(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *nodes.Fleet, *nodes.Agent){
		"it is stopped": func(t *testing.T, _ *nodes.Fleet, a *nodes.Agent) {
			if err := a.Stop(); err != nil {
				t.Error(err)
			}
		},
		"it is killed, and starts again": func(t *testing.T, f *nodes.Fleet, a *nodes.Agent) {
			a.Kill()
			kubectl(t, "annotate", "nodeflowexport", "node-a", "sluice.dev/verify-")
			startAgent(t, f, f.Nodes[0])
		},
		"it is killed, and starts to clean up": func(t *testing.T, f *nodes.Fleet, a *nodes.Agent) {
			a.Kill()
			startAgent(t, f, f.Nodes[0], "--mode=cleanup")
		},
		"it is killed, and reported by an observer": func(t *testing.T, f *nodes.Fleet, a *nodes.Agent) {
			a.Kill()
			observer := startAgent(t, f, f.Nodes[0], "--mode=observe")
			statusSays(t, 1, "ObserveOnly", "the target of a verification that was interrupted: 127.0.0.1:")
			if err := observer.Stop(); err != nil {
				t.Error(err)
			}
			startAgent(t, f, f.Nodes[0])
		},
		"it may not write any more": func(t *testing.T, _ *nodes.Fleet, _ *nodes.Agent) {
			kubectl(t, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"managementState":"Unmanaged"}}`)
			t.Cleanup(func() {
				kubectl(t, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"managementState":"Managed"}}`)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, "node-a")
			n := f.Nodes[0]
			exportAll(t, f)
			a := startAgent(t, f, n)
			hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
			kubectl(t, "annotate", "nodeflowexport", n.Name, "sluice.dev/verify="+time.Now().Add(5*time.Minute).UTC().Format(time.RFC3339))
			verificationRuns(t, n, 3)
			end(t, f, a)
			noVerificationTarget(t, n)
		})
	}
}

// Another writer that writes exactly what the cluster wants is no drift, during a verification too.
func TestOvnkubeNodeStartsDuringAVerification(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	targets := exportAll(t, f)
	a := startAgent(t, f, n, "--hold-down=10m")
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	kubectl(t, "annotate", "nodeflowexport", n.Name, "sluice.dev/verify="+time.Now().Add(5*time.Minute).UTC().Format(time.RFC3339))
	before := verificationRuns(t, n, 3)
	ovnkubeStart(t, n, map[string][]string{"netflow": {targets[0]}, "sflow": {targets[1]}, "ipfix": {targets[2]}})
	if after := verificationRuns(t, n, 3); after != before {
		t.Errorf("another verification was started: %s, %s", before, after)
	}
	hasCondition(t, n.Name, "Drifted", "False", "None")
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	if strings.Contains(a.Log(), "repaired") {
		t.Errorf("a repair is counted:\n%s", a.Log())
	}
}

// TestTheVerifyRoleSuffices: the role has the permissions that verify needs, and no others.
func TestTheVerifyRoleSuffices(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	apply(t, fastProfile)
	_, target := listen(t, f, false)
	export(t, `{"netFlow":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n)
	hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	traffic(t, n)
	kubectl(t, "create", "clusterrolebinding", "verifies", "--clusterrole=sluice-verify", "--user=verifier")
	t.Cleanup(func() { kubectl(t, "delete", "clusterrolebinding", "verifies") })
	eventually(t, func(context.Context) string {
		got := <-verifying(t, "--timeout=60s", "--as=verifier")
		if got.code != 0 {
			return fmt.Sprintf("status %d:\n%s", got.code, got.out)
		}
		return ""
	})
	for patch, allowed := range map[string]bool{
		`{"metadata":{"annotations":{"sluice.dev/verify":"2020-01-01T00:00:00Z"}}}`:              true,
		`{"metadata":{"annotations":{"sluice.dev/verify":null}}}`:                                true,
		`{"metadata":{"annotations":{"other":"x"}}}`:                                             false,
		`{"metadata":{"labels":{"x":"y"}}}`:                                                      false,
		`{"metadata":{"finalizers":["example.com/x"]}}`:                                          false,
		`{"metadata":{"ownerReferences":null}}`:                                                  false,
		`{"metadata":{"annotations":{"sluice.dev/verify":"` + strings.Repeat("x", 5000) + `"}}}`: false,
	} {
		eventually(t, func(ctx context.Context) string {
			result, err := shared.Kubectl(ctx, cluster.Admin, "--as=verifier", "patch", "nodeflowexport", n.Name, "--type=merge", "-p", patch)
			refused := err != nil || !result.OK()
			if refused == allowed {
				return fmt.Sprintf("%.80s: refused: %t: %v\n%s", patch, refused, err, result.All())
			}
			return ""
		})
	}
	for _, verb := range []string{"update", "delete", "create"} {
		if out, _ := shared.Kubectl(t.Context(), cluster.Admin, "auth", "can-i", verb, "nodeflowexports", "--as=verifier"); strings.TrimSpace(out.Stdout) != "no" {
			t.Errorf("it may %s reports", verb)
		}
	}
	kubectl(t, "apply", "-f", "../../../manifests/base/viewer-rbac.yaml")
	kubectl(t, "create", "clusterrolebinding", "views", "--clusterrole=sluice-view", "--user=viewer-only")
	t.Cleanup(func() { kubectl(t, "delete", "clusterrolebinding", "views") })
	eventually(t, func(context.Context) string {
		got := <-verifying(t, "--timeout=60s", "--as=viewer-only")
		if got.code != 2 || strings.Count(got.out, "forbidden") != 1 {
			return fmt.Sprintf("status %d, not one refusal:\n%s", got.code, got.out)
		}
		return ""
	})
}

// TestAddingATargetReplacesAllSockets shows why a verification can't leave the sockets of production
// alone. If it fails, Open vSwitch has learned to keep them, and the documentation of verify is wrong.
func TestAddingATargetReplacesAllSockets(t *testing.T) {
	for _, release := range []node.Release{node.Debian12, node.Debian13} {
		t.Run("Debian "+string(release), func(t *testing.T) {
			f := newFleetOf(t, release, "node-a")
			n := f.Nodes[0]
			targets := exportAll(t, f)
			startAgent(t, f, n)
			hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
			before := sources(t, n, targets)
			kubectl(t, "annotate", "nodeflowexport", n.Name, "sluice.dev/verify="+time.Now().Add(time.Minute).UTC().Format(time.RFC3339))
			verificationRuns(t, n, 3)
			eventually(t, func(context.Context) string {
				after := sources(t, n, targets)
				for i := range targets {
					if after[i] == before[i] {
						return fmt.Sprintf("the socket to %s is kept: %s", targets[i], after[i])
					}
				}
				return ""
			})
			t.Logf("%s -> %s", before, sources(t, n, targets))
		})
	}
}

// sources are the local ends of the sockets to some targets on a node.
func sources(t *testing.T, n *node.Node, targets []string) []string {
	t.Helper()
	var found []string
	eventually(t, func(ctx context.Context) string {
		out, err := exec.CommandContext(ctx, "ip", "netns", "exec", n.Namespace(), "ss", "-Hnu", "state", "connected").CombinedOutput()
		if err != nil {
			return fmt.Sprintf("%v: %s", err, out)
		}
		found = make([]string, len(targets))
		for line := range strings.Lines(string(out)) {
			fields := strings.Fields(line)
			for i, target := range targets {
				if len(fields) >= 4 && fields[len(fields)-1] == target {
					found[i] = fields[len(fields)-2]
				}
			}
		}
		for i := range found {
			if found[i] == "" {
				return "no socket to " + targets[i] + ":\n" + string(out)
			}
		}
		return ""
	})
	return found
}
