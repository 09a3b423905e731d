package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
)

// The tenants. Each has in its namespace what the roles edit and view of Kubernetes give, and no right in
// the cluster.
const (
	alice = "alice" // of team-a
	bob   = "bob"   // of team-b
)

const tenantObjects = `apiVersion: v1
kind: Namespace
metadata: {name: team-a}
---
apiVersion: v1
kind: Namespace
metadata: {name: team-b}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tenant-edit, namespace: team-a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sluice-flowexports-edit}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tenant-view, namespace: team-a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sluice-flowexports-view}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tenant-edit, namespace: team-b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sluice-flowexports-edit}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tenant-view, namespace: team-b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sluice-flowexports-view}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}]
---
apiVersion: sluice.dev/v1alpha1
kind: FlowExportProfile
metadata: {name: tenants}
spec: {priority: 1000, allowUnsampled: true, ipfix: {sampling: 1, cacheActiveTimeout: 1, cacheMaxFlows: 100}}
`

// tenants lets two tenants export the records of their own pods to their own collectors.
func (s *stage) tenants(ctx context.Context) error {
	s.chapter("9. Tenants get the records of their own pods, and no others")
	s.say("worker-1 has pods of team-a, worker-2 has pods of team-b, and worker-3 has one of each. No list of the cluster\nhas a collector.")
	if err := s.prepareTenants(ctx); err != nil {
		return err
	}
	own := map[string]*goflow2Collector{}
	for _, user := range []string{alice, bob} {
		conn, err := s.fleet.Network.Listen(ctx, "udp", net.JoinHostPort(s.fleet.Network.CollectorAddress(false), "0"))
		if err != nil {
			return err
		}
		own[user] = startGoflow2Collector(ctx, []net.PacketConn{conn})
		defer own[user].stop()
	}
	flowExport := func(user string) cluster.Command {
		manifest := fmt.Sprintf("apiVersion: sluice.dev/v1alpha1\nkind: FlowExport\nmetadata: {name: siem, namespace: %s}\nspec:\n  ipfix: {collectors: [%q]}\n", teamOf(user), own[user].targets[0])
		return cluster.Command{User: user, Stdin: manifest, Args: []string{"create", "-f", "-"}}
	}
	s.say("Alice of team-a asks for the records of her pods. Without a policy, the answer is no:")
	if err := s.kubectl(ctx, "alice      ", s.guarded, flowExport(alice), want{refused: true, text: "no FlowExportPolicy that names the namespace"}); err != nil {
		return err
	}
	s.say("The platform team allows both namespaces to send to this address:")
	host, _, _ := strings.Cut(own[alice].targets[0], ":")
	policy := "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicy\nmetadata: {name: tenants}\nspec:\n  namespaces: {names: [team-a, team-b]}\n  allow: [{formats: [IPFIX], destinations: [" + host + "/32]}]\n"
	if err := s.kubectl(ctx, "with Sluice", s.guarded, cluster.Command{User: cluster.Admin, Stdin: policy, Args: []string{"apply", "-f", "-"}}, want{text: "tenants created"}); err != nil {
		return err
	}
	ready := []string{"wait", "--for=condition=Ready", "--timeout=30s", "flowexportpolicies", "--all"}
	if _, err := s.guarded.Must(ctx, cluster.Command{User: cluster.Admin, Args: ready}); err != nil {
		return err
	}
	for _, user := range []string{alice, bob} {
		if err := s.kubectl(ctx, fmt.Sprintf("%-11s", user), s.guarded, flowExport(user), want{text: "siem created"}); err != nil {
			return err
		}
	}
	if err := s.tenantRecords(ctx, own); err != nil {
		return err
	}
	if err := s.sends(ctx); err != nil {
		return err
	}
	s.say("Alice sees what became of it, with the rights in her namespace:")
	if err := s.pluginAs(ctx, alice, "status -n team-a", 0, "OK in namespace team-a"); err != nil {
		return err
	}
	s.say("When the policy goes, the export ends:")
	if err := s.kubectl(ctx, "with Sluice", s.guarded, cluster.Command{User: cluster.Admin, Args: []string{"delete", "flowexportpolicy", "tenants"}}, want{text: "deleted"}); err != nil {
		return err
	}
	if err := s.exportEnds(ctx); err != nil {
		return err
	}
	if err := s.pluginAs(ctx, alice, "status -n team-a", 1, "siem: Denied:"); err != nil {
		return err
	}
	_, err := s.guarded.Must(ctx, cluster.Command{User: cluster.Admin, Args: []string{"delete", "namespace/team-a", "namespace/team-b", "flowexportprofile/tenants", "--wait=false"}})
	return err
}

func teamOf(user string) string { return map[string]string{alice: "team-a", bob: "team-b"}[user] }

// prepareTenants makes the namespaces and the rights, and gives the pods to the tenants.
func (s *stage) prepareTenants(ctx context.Context) error {
	root, err := cluster.Root(ctx)
	if err != nil {
		return err
	}
	for _, name := range []string{"base/tenants-rbac.yaml", "base/tenants-admissionpolicy.yaml", "agent/rbac.yaml"} {
		text, err := os.ReadFile(filepath.Join(root, "manifests", filepath.FromSlash(name)))
		if err != nil {
			return fmt.Errorf("read manifest: %w", err)
		}
		// One process serves and controls here, with the account that serves.
		manifest := strings.ReplaceAll(string(text), "sluice-controller", "sluice-webhook")
		if err := s.guarded.ApplyObjects(ctx, manifest); err != nil {
			return err
		}
	}
	if err := s.guarded.ApplyObjects(ctx, tenantObjects); err != nil {
		return err
	}
	for i, owners := range [][]string{{"team-a_web", "team-a_db"}, {"team-b_web", "team-b_db"}, {"team-a_api", "team-b_api"}} {
		for pod, owner := range owners {
			if err := s.fleet.Nodes[i].SetOwner(ctx, pod+1, owner); err != nil {
				return err
			}
		}
	}
	return nil
}

// tenantRecords sends packets between the pods of each node, and shows what came to whom.
func (s *stage) tenantRecords(ctx context.Context, own map[string]*goflow2Collector) error {
	s.say("The pods of each node send packets to each other. One record of each node that came to a tenant:")
	addresses := make([]string, len(s.fleet.Nodes))
	for i, n := range s.fleet.Nodes {
		addresses[i] = n.Address(false)
	}
	wanted := map[string][]string{alice: {addresses[0], addresses[2]}, bob: {addresses[1], addresses[2]}}
	err := nodes.Wait(ctx, 40*time.Second, func(ctx context.Context) string {
		for _, n := range s.fleet.Nodes {
			if err := n.Traffic(ctx, 2); err != nil {
				return err.Error()
			}
		}
		for user, from := range wanted {
			for _, address := range from {
				if line(own[user].all(), address) == "" {
					return fmt.Sprintf("nothing came to %s from %s", user, address)
				}
			}
		}
		return ""
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.check(err == nil, fmt.Sprint(err))
	for _, user := range []string{alice, bob} {
		for i, address := range addresses {
			got := line(own[user].all(), address)
			if got == "" {
				got = "nothing"
			}
			s.print(fmt.Sprintf("      %-6s from %s: %s", user, s.fleet.Nodes[i].Name, got))
			s.check((got != "nothing") == slices.Contains(wanted[user], address), user+" got records of another tenant, or none of the own")
		}
	}
	return nil
}

// sends waits until the status of Alice's FlowExport says that records are sent. The controller began before the
// CRDs of the agents were there, so it may need a moment to find their reports.
func (s *stage) sends(ctx context.Context) error {
	err := nodes.Wait(ctx, 2*time.Minute, func(ctx context.Context) string {
		result, err := s.guarded.Kubectl(ctx, cluster.Admin, "get", "flowexport", "siem", "-n", "team-a", "-o", `jsonpath={.status.conditions[?(@.type=="Exporting")].status}`)
		if err != nil || result.Stdout != "True" {
			return fmt.Sprintf("the FlowExport is not reported as exporting: %s %v", result.All(), err)
		}
		for _, n := range s.fleet.Nodes {
			if err := n.Traffic(ctx, 1); err != nil {
				return err.Error()
			}
		}
		return ""
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.check(err == nil, fmt.Sprint(err))
	return nil
}

// line is the first record of an exporter.
func line(records []string, exporter string) string {
	for _, r := range records {
		if strings.Contains(r, " from "+exporter+":") {
			return r
		}
	}
	return ""
}

// exportEnds waits until no node sends IPFIX.
func (s *stage) exportEnds(ctx context.Context) error {
	err := nodes.Wait(ctx, 30*time.Second, func(ctx context.Context) string {
		for _, n := range s.fleet.Nodes {
			if row, err := n.Vsctl(ctx, "get", "Bridge", "br-int", "ipfix"); err != nil || strings.TrimSpace(row) != "[]" {
				return fmt.Sprintf("%s still sends IPFIX: %s %v", n.Name, row, err)
			}
		}
		return ""
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.check(err == nil, fmt.Sprint(err))
	return nil
}
