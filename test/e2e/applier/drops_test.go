package applier

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sluice/test/harness/node"
	"sluice/test/harness/require"
	"sluice/validation"
)

func TestDroppedPacketsAreExported(t *testing.T) {
	require.Root(t, "the namespaces that OVN's datapath needs")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	ovn, err := n.StartOVN(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ovn.Stop)
	if err := ovn.Drop(t.Context(), fmt.Sprintf("udp.dst == %d", 5001)); err != nil {
		t.Fatal(err)
	}
	r, target := listen(t, f, false)
	const profile = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportProfile
metadata: {name: drops}
spec:
  ipfix: {sampling: 4000000000}
  drops: {domain: 7, collectorSet: 99}
`
	apply(t, profile)
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n, "--ovn-nb-db=unix:"+ovn.NBSocket())
	report := hasCondition(t, n.Name, "Applied", "True", "InSync")
	if d := report.Status.Drops; d == nil || d.State != "Sampling" || d.CollectorSet != 99 || d.Domain != 7 {
		t.Errorf("the report says of drops: %+v", d)
	}
	if err := ovn.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, func(ctx context.Context) string {
		if err := n.Send(ctx, 8); err != nil {
			return err.Error()
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, m := range r.messages {
			if m.Format == validation.IPFIX && m.ObservationDomain>>24 == 7 && len(m.Records) > 0 {
				return ""
			}
		}
		return fmt.Sprintf("no record in observation domain 7 among %d messages", len(r.messages))
	})
	// Without drops in the profile nothing of it is left, the plain export is.
	apply(t, strings.Replace(profile, "  drops: {domain: 7, collectorSet: 99}\n", "", 1))
	eventually(t, func(ctx context.Context) string {
		options, err := ovn.Nbctl(ctx, "get", "NB_Global", ".", "options")
		if err != nil {
			return err.Error()
		}
		sets := vsctl(t, n, "list", "Flow_Sample_Collector_Set")
		if strings.Contains(options, "debug_drop") || sets != "" {
			return "left: " + options + sets
		}
		return ""
	})
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	if got := vsctl(t, n, "list", "IPFIX"); strings.Count(got, "_uuid") != 1 {
		t.Errorf("IPFIX rows:\n%s", got)
	}
}

func TestDropsWithoutANorthboundDatabaseAreReported(t *testing.T) {
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	_, target := listen(t, f, false)
	apply(t, "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: drops}\nspec: {drops: {}}\n")
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n)
	report := hasCondition(t, n.Name, "Applied", "False", "DropsFailed")
	if d := report.Status.Drops; d == nil || !strings.Contains(d.Message, "--ovn-nb-db") {
		t.Errorf("the report says of drops: %+v", d)
	}
	if got := vsctl(t, n, "list", "IPFIX"); !strings.Contains(got, target) {
		t.Errorf("the plain export is missing:\n%s", got)
	}
}

// Kind of fault: what could not be ended in OVN went on being exported by Open vSwitch, on a node that is
// off. The agent starts without its own northbound database here.
func TestDroppedPacketsAreNotExportedWhereExportIsOff(t *testing.T) {
	require.Root(t, "the namespaces that OVN's datapath needs")
	f := newFleet(t, "node-a")
	n := f.Nodes[0]
	ovn, err := n.StartOVN(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ovn.Stop)
	if err := ovn.Drop(t.Context(), "udp.dst == 5001"); err != nil {
		t.Fatal(err)
	}
	_, target := listen(t, f, false)
	apply(t, "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: drops}\nspec: {ipfix: {sampling: 4000000000}, drops: {domain: 7, collectorSet: 99}}\n")
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	a := startAgent(t, f, n, "--ovn-nb-db=unix:"+ovn.NBSocket())
	hasCondition(t, n.Name, "Applied", "True", "InSync")
	if err := ovn.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	kubectl(t, "delete", "flowexportprofile", "drops")
	apply(t, private)
	a = startAgent(t, f, n, "--ovn-nb-db=unix:"+ovn.NBSocket()+".away")
	report := hasCondition(t, n.Name, "Applied", "False", "DropsFailed")
	if got := vsctl(t, n, "list", "Flow_Sample_Collector_Set") + rows(t, n); got != "" {
		t.Errorf("left:\n%s", got)
	}
	if d := report.Status.Drops; d == nil || !strings.Contains(d.Message, "OVN may still sample them") {
		t.Errorf("the report says of drops: %+v", d)
	}
	hasCondition(t, n.Name, "Exporting", "False", "Off")

	// The set is gone, and with it the record of OVN's options. An agent that can removes them all the same.
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	startAgent(t, f, n, "--ovn-nb-db=unix:"+ovn.NBSocket())
	eventually(t, func(ctx context.Context) string {
		left, err := ovn.Nbctl(ctx, "get", "NB_Global", ".", "options", "external_ids")
		if err != nil {
			return err.Error()
		}
		if strings.Contains(left, "debug_drop") || strings.Contains(left, "sluice.dev") {
			return "left: " + left
		}
		return ""
	})
	hasCondition(t, n.Name, "Applied", "True", "ExportOff")
}

// TestASamplingAppOfOVNDecidesTheDomain: OVN 24.09 and later prefer the domain of a Sampling_App, which
// is OVN-Kubernetes' own. Sluice reports it and leaves it.
func TestASamplingAppOfOVNDecidesTheDomain(t *testing.T) {
	require.Root(t, "the namespaces that OVN's datapath needs")
	f := newFleetOf(t, node.Debian13, "node-a")
	n := f.Nodes[0]
	ovn, err := n.StartOVN(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ovn.Stop)
	if err := ovn.Drop(t.Context(), "udp.dst == 5001"); err != nil {
		t.Fatal(err)
	}
	nbctl := func(args ...string) string {
		t.Helper()
		out, err := ovn.Nbctl(t.Context(), args...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	r, target := listen(t, f, false)
	apply(t, "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportProfile\nmetadata: {name: drops}\nspec: {ipfix: {sampling: 4000000000}, drops: {domain: 7, collectorSet: 99}}\n")
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	startAgent(t, f, n, "--ovn-nb-db=unix:"+ovn.NBSocket())
	domain := func(want int32) {
		t.Helper()
		hasCondition(t, n.Name, "Applied", "True", "InSync")
		eventually(t, func(ctx context.Context) string {
			report, err := shared.Report(ctx, n.Name)
			if err != nil || report == nil || report.Status.Drops == nil {
				return fmt.Sprintf("no report of drops: %v", err)
			}
			d := *report.Status.Drops
			if d.State != "Sampling" || d.Domain != want || (want == 7) != (d.Message == "") {
				return fmt.Sprintf("the report says of drops: %+v", d)
			}
			return ""
		})
		if err := ovn.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.mu.Lock()
		r.messages = nil
		r.mu.Unlock()
		eventually(t, func(ctx context.Context) string {
			if err := n.Send(ctx, 8); err != nil {
				return err.Error()
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			for _, m := range r.messages {
				if m.Format == validation.IPFIX && m.ObservationDomain>>24 == uint32(want) && len(m.Records) > 0 {
					return ""
				}
			}
			return fmt.Sprintf("no record in observation domain %d among %d messages", want, len(r.messages))
		})
	}
	domain(7)
	before := nbctl("--columns=type,id", "--bare", "list", "Sampling_App") + nbctl("get", "NB_Global", ".", "options")
	nbctl("--wait=hv", "create", "Sampling_App", "type=drop", "id=1")
	domain(1)
	if got := dropsMessage(t, n.Name); !strings.Contains(got, "not 7 as in the FlowExportProfile") || !strings.Contains(got, "Sampling_App") {
		t.Errorf("the message is %q", got)
	}
	if got := nbctl("--columns=type,id", "--bare", "list", "Sampling_App"); strings.Join(strings.Fields(got), " ") != "drop 1" {
		t.Errorf("the Sampling_App is %q", got)
	}
	nbctl("--wait=hv", "--all", "destroy", "Sampling_App")
	domain(7)
	if after := nbctl("--columns=type,id", "--bare", "list", "Sampling_App") + nbctl("get", "NB_Global", ".", "options"); after != before {
		t.Errorf("OVN's configuration was %q and is %q", before, after)
	}
}

// dropsMessage is the message of the drops of a node.
func dropsMessage(t *testing.T, name string) string {
	t.Helper()
	return kubectl(t, "get", "nodeflowexport", name, "-o", "jsonpath={.status.drops.message}")
}
