package agent

import (
	"fmt"
	"testing"
	"time"

	"sluice/applier/desired"
)

// Kind of fault: a namespace with an early name, or with many FlowExports, keeps others out.
func TestRoomIsShared(t *testing.T) {
	at := func(minute int) time.Time {
		return time.Unix(1_800_000_000, 0).Add(time.Duration(minute) * time.Minute)
	}
	var all []desired.FlowExport
	add := func(namespace string, minute int) {
		name := fmt.Sprint("export-", len(all))
		all = append(all, desired.FlowExport{Namespace: namespace, Name: name, UID: namespace + name, Created: at(minute)})
	}
	for i := range 64 {
		add("aaa", 100+i)
	}
	for i := range 3 {
		add("zzz", 200+i)
	}
	add("mmm", 300)
	chosen, others := shared(all, 7)
	count := map[string]int{}
	for _, e := range chosen {
		count[e.Namespace]++
		if e.Namespace == "aaa" && e.Created.After(at(102)) {
			t.Errorf("%s is newer than others of its namespace", e.Name)
		}
	}
	if count["aaa"] != 3 || count["zzz"] != 3 || count["mmm"] != 1 || len(others) != len(all)-7 {
		t.Errorf("%v are chosen, %d are not", count, len(others))
	}
	// With more namespaces than there is room, the oldest stay, whatever their names are.
	all = nil
	for i := range 10 {
		add(fmt.Sprint("z", i), i)
	}
	for i := range 10 {
		add(fmt.Sprint("a", i), 100+i)
	}
	chosen, _ = shared(all, 10)
	for _, e := range chosen {
		if e.Namespace[0] != 'z' {
			t.Errorf("%s is chosen", e.Namespace)
		}
	}
}
