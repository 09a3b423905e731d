package ovs_test

import (
	"encoding/binary"
	"testing"

	"sluice/applier/ovs"
	"sluice/test/harness/fakeovs"
	"sluice/validation"
)

func FuzzParseState(f *testing.F) {
	f.Add([]byte(captured(f, "state.json")))
	f.Add([]byte(captured(f, "state-nothing.json")))
	g := newGenerator(5)
	for range 20 {
		f.Add(g.world(g.desired()).printed(f))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ovs.ParseState(text, older(t), vswitch)
		if err != nil {
			return
		}
		for id, r := range s.Rows {
			if id == "" || r.UUID != id {
				t.Errorf("row %q is named %q", id, r.UUID)
			}
			_ = r.Exporter.String()
		}
		if s.Bridge == nil {
			return
		}
		d := newGenerator(uint64(len(text))).desired()
		d.LeaveDrops = true
		p, err := ovs.NewPlan(d, s)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ovs.NewPlan(d, fakeovs.Apply(s, p, names())); sane(s) && (err != nil || !again.Empty()) {
			t.Errorf("there is still something to do: %v\n%v", err, again)
		}
		_ = p.Arguments()
	})
}

// sane reports whether a bridge's rows are of the right tables, as every server sees to.
func sane(s ovs.State) bool {
	for _, f := range validation.Formats() {
		if row, ok := s.Export(f); ok && row.Exporter.Format != f {
			return false
		}
	}
	return true
}

func FuzzParseLogLine(f *testing.F) {
	f.Add("2026-11-23T11:53:30.918Z|00053|collectors(revalidator5)|WARN|[::1]:38429<->[::1]:4739: sending to collector failed (Connection refused)")
	f.Add("2026-11-23T11:53:30.918Z|00053|collectors|WARN|couldn't open connection to collector bad:99 (Address family not supported by protocol)")
	f.Add("2026-11-23T11:53:30.896Z|00049|sflow|ERR|could not determine IP address for sFlow agent")
	f.Fuzz(func(t *testing.T, line string) {
		e, ok := ovs.ParseLogLine(line)
		if ok && (e.Kind == "" || (e.Target == "") != (e.Kind == ovs.NoAgentAddress)) {
			t.Errorf("%q reads as %+v", line, e)
		}
	})
}

func FuzzParseSockets(f *testing.F) {
	f.Add(udpHeadings + udp("0100007F:1283", "1") + udp("0000000000000000FFFF0000630200C0:0807", "2"))
	f.Fuzz(func(t *testing.T, text string) {
		little, err := ovs.ParseSockets(text, binary.LittleEndian)
		big, errBig := ovs.ParseSockets(text, binary.BigEndian)
		if (err == nil) != (errBig == nil) || len(little) != len(big) {
			t.Errorf("the byte order decides whether it can be read: %v, %v", err, errBig)
		}
		for _, s := range little {
			if !s.Remote.IsValid() || s.Remote.Port() == 0 || s.Remote.Addr().Is4In6() {
				t.Errorf("a socket to %v", s.Remote)
			}
		}
	})
}

func FuzzParseIPFIXStatistics(f *testing.F) {
	f.Add(ipfixCounters)
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ovs.ParseIPFIXStatistics(text); err != nil && s != (ovs.IPFIXStatistics{}) {
			t.Errorf("an error, and yet counters: %+v, %v", s, err)
		}
	})
}

func FuzzParseApplied(f *testing.F) {
	for _, text := range []string{"netFlow=abc sFlow=-def ipfix=1", "netFlow=", "ipfix=-", "ipfix=--", "netFlow netFlow=a netFlow=b", "what is this"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a := ovs.ParseLastApplied(text)
		if again := ovs.ParseLastApplied(a.String()); again != a {
			t.Errorf("%q reads as %+v, which is written and read as %+v", text, a, again)
		}
	})
}
