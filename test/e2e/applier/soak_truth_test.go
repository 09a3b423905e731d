package applier

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"sluice/api/v1alpha1"
)

// truth says in what a node's report differs from what observers see, or what they do not see yet.
func (s *soak) truth(ctx context.Context, n *soakNode) string {
	r, err := shared.Report(ctx, n.Name)
	switch {
	case err != nil || r == nil:
		return fmt.Sprintf("no report: %v", err)
	case n.agentDown:
		return "" // its Lease runs out later
	case n.databaseDown:
		return lacks(r, "OVSReachable", "False")
	case n.vswitchdDown:
		if missing := lacks(r, "Applied", "False"); missing != "" {
			return missing
		}
		return lacks(r, "Exporting", "False")
	}
	if err := n.Send(ctx, 8); err != nil {
		return err.Error()
	}
	sockets, err := n.sockets(ctx)
	if err != nil {
		return err.Error()
	}
	if n.off {
		return s.offTruth(ctx, n, r, sockets)
	}
	right, healthy := true, true
	for i, f := range soakFormats() {
		c := s.collectors[i]
		out, err := n.Vsctl(ctx, "--if-exists", "get", f.table, "br-int", "targets")
		right = right && err == nil && strings.TrimSpace(out) == fmt.Sprintf("[%q]", c.target)
		open := strings.Contains(sockets, " "+c.target+" ")
		// A socket that is open sends nothing without a route.
		open = open && !n.withoutRoute
		healthy = healthy && open && c.alive()
		if state := stateOf(r, f.report, c.target); !strings.Contains(expected(open, c.alive()), state) || state == "" {
			return fmt.Sprintf("%s is reported as %q; open with a route: %t, the collector runs: %t", f.report, state, open, c.alive())
		}
		if open && c.alive() && c.from(n.address) <= n.mark[i] {
			return f.report + ": nothing came to the collector"
		}
	}
	for kind, truth := range map[string]bool{"Applied": right, "Exporting": healthy} {
		if missing := lacks(r, kind, map[bool]string{true: "True", false: "False"}[truth]); missing != "" {
			return missing
		}
	}
	if !right {
		return "Open vSwitch is not as desired"
	}
	return ""
}

// expected are the states of a collector that are true.
func expected(open, alive bool) string {
	switch {
	case !open:
		return "NotOpen"
	case !alive:
		return "Refused"
	}
	return "Idle Sending"
}

// sockets are ovs-vswitchd's connected UDP sockets, as ss lists them.
func (n *soakNode) sockets(ctx context.Context) (string, error) {
	out, err := n.Command(ctx, "ss", "-Hunp", "state", "established").Output()
	if err != nil {
		return "", fmt.Errorf("ss: %w", err)
	}
	var own strings.Builder
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, fmt.Sprintf("pid=%d,", n.VswitchdPID())) {
			own.WriteString(strings.Join(strings.Fields(line), " ") + "\n")
		}
	}
	return own.String(), nil
}

// lacks says so if a condition has another status, or is missing.
func lacks(r *v1alpha1.NodeFlowExport, kind, status string) string {
	c := meta.FindStatusCondition(r.Status.Conditions, kind)
	switch {
	case c == nil:
		return "there is no condition " + kind
	case string(c.Status) != status:
		return fmt.Sprintf("%s is %s (%s: %s), not %s", kind, c.Status, c.Reason, c.Message, status)
	}
	return ""
}

func stateOf(r *v1alpha1.NodeFlowExport, format, target string) string {
	for _, f := range r.Status.Formats {
		for _, c := range f.Collectors {
			if string(f.Format) == format && c.Target == target {
				return string(c.State)
			}
		}
	}
	return ""
}
