package ovs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/applier/ovs"
)

func TestInterfaces(t *testing.T) {
	var table ovs.Interfaces
	for _, step := range []struct {
		update string
		want   []ovs.Interface
	}{
		{
			`{"Interface":{
			"1":{"new":{"name":"a","ifindex":5,"external_ids":["map",[["iface-id","team-a_web"],["sandbox","x"],["iface-id-ver","u"]]]}},
			"3":{"new":{"name":"c","ifindex":7,"external_ids":["map",[["iface-id","k8s-cluster_udn_blue_worker-0"]]]}},
			"4":{"new":{"name":"d","ifindex":8,"external_ids":["map",[["iface-id","k8s-team.a_blue_worker-0"],["sandbox","x"]]]}},
			"2":{"new":{"name":"b","ifindex":["set",[]],"external_ids":["map",[]]}}}}`,
			[]ovs.Interface{{Row: "1", Name: "a", Index: 5, ID: "team-a_web"}, {Row: "2", Name: "b"}, {Row: "3", Name: "c", Index: 7}, {Row: "4", Name: "d", Index: 8}},
		},
		{
			`{"Interface":{"3":{},"4":{},"2":{"old":{"ifindex":["set",[]]},"new":{"name":"b","ifindex":6,"external_ids":["map",[]]}}}}`,
			[]ovs.Interface{{Row: "1", Name: "a", Index: 5, ID: "team-a_web"}, {Row: "2", Name: "b", Index: 6}},
		},
		{`{"Interface":{"1":{"old":{"name":"a"}}}}`, []ovs.Interface{{Row: "2", Name: "b", Index: 6}}},
		{`{}`, []ovs.Interface{{Row: "2", Name: "b", Index: 6}}},
	} {
		if err := table.Update([]byte(step.update)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, table.List()); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", step.update, diff)
		}
	}
	for _, update := range []string{`[]`, `{"Interface":{"1":{"new":{"name":5}}}}`, `{"Interface":{"1":{"new":{"name":"a","external_ids":7}}}}`} {
		if err := table.Update([]byte(update)); err == nil {
			t.Errorf("%s was accepted", update)
		}
	}
}
