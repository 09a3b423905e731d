package ovs_test

import (
	"testing"

	"sluice/applier/ovs"
)

func TestWhatAToolComplainsOf(t *testing.T) {
	const log = "2026-01-02T03:04:05Z|00001|stream_unix|ERR|/tmp/x: connection failed\n"
	for _, c := range []struct {
		stderr, line string
		cause        ovs.Cause
	}{
		{"ovs-vsctl: unix:/run/openvswitch/db.sock: database connection failed (No such file or directory)\n", "unix:/run/openvswitch/db.sock: database connection failed (No such file or directory)", ovs.CauseSocketMissing},
		{log + "ovs-vsctl: unix:db.sock: database connection failed (Permission denied)\n", "unix:db.sock: database connection failed (Permission denied)", ovs.CausePermissionDenied},
		{"2026-01-02T03:04:05Z|00002|vsctl|ERR|tcp:127.0.0.1:1: database connection failed (Connection refused)", "tcp:127.0.0.1:1: database connection failed (Connection refused)", ovs.CauseConnectionRefused},
		{"ovs-vsctl: no row \"x\" in table Bridge\n", "no row \"x\" in table Bridge", ovs.CauseUnknown},
		{"ovs-vsctl: no bridge named Permission denied\n", "no bridge named Permission denied", ovs.CauseUnknown},
		{"", "", ovs.CauseUnknown},
	} {
		line, cause := ovs.ParseComplaint("ovs-vsctl", c.stderr)
		if line != c.line || cause != c.cause {
			t.Errorf("%q: got %q, %q; want %q, %q", c.stderr, line, cause, c.line, c.cause)
		}
	}
}
