package readers_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"sluice/test/readers"
)

// What is known of the readers from their own tests and from runs of their programs.
func TestWhatOVNKubeNodeSets(t *testing.T) {
	const node = "192.0.2.10"
	list := func(collectors ...string) readers.Cluster { return readers.Cluster{IPFIX: collectors} }
	config := func(pairs ...string) readers.Cluster {
		data := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			data[pairs[i]] = pairs[i+1]
		}
		return readers.Cluster{ConfigMap: data}
	}
	const defaults = " cache_active_timeout=60 sampling=400"
	for name, c := range map[string]struct {
		in   readers.Cluster
		want string // the row, or what the error contains
	}{
		"nothing":                        {readers.Cluster{}, ""},
		"a list":                         {list("10.0.0.1:4739", "10.0.0.2:4739"), "10.0.0.1:4739 10.0.0.2:4739" + defaults},
		"a leading zero":                 {list("10.0.0.01:4739"), "error: 10.0.0.01 is not a valid IP"},
		"duplicates":                     {list("10.0.0.1:4739", "10.0.0.1:4739"), "10.0.0.1:4739" + defaults},
		"IPv6":                           {list("[2020:1111:f::1:933]:3333"), "[2020:1111:f::1:933]:3333" + defaults},
		"any port":                       {list("10.0.0.1:0", "10.0.0.1:70000", "10.0.0.1:-1"), "10.0.0.1:0 10.0.0.1:70000 10.0.0.1:-1" + defaults},
		"another network":                {readers.Cluster{Type: "Calico", IPFIX: []string{"10.0.0.1:4739"}}, ""},
		"Unmanaged":                      {readers.Cluster{ManagementState: "Unmanaged", IPFIX: []string{"10.0.0.1:4739"}}, ""},
		"Removed":                        {readers.Cluster{ManagementState: "Removed", IPFIX: []string{"10.0.0.1:4739"}}, "10.0.0.1:4739" + defaults},
		"a port of the node":             {config("nodePort", "4739"), node + ":4739" + defaults},
		"sharedTarget wins":              {config("sharedTarget", "10.0.0.1:1", "nodePort", "4739"), "10.0.0.1:1" + defaults},
		"an empty sharedTarget":          {config("sharedTarget", "", "nodePort", "4739", "sampling", "7"), ""},
		"no target":                      {config("sampling", "7"), ""},
		"an empty piece":                 {config("sharedTarget", "10.0.0.1:1,,10.0.0.2:1"), "error: cannot parse hostport"},
		"a space":                        {config("sharedTarget", "10.0.0.1:1, 10.0.0.2:1"), "error: 2 words"},
		"a space at the end":             {config("sharedTarget", "10.0.0.1:1 "), "10.0.0.1:1" + defaults},
		"a quote":                        {config("sharedTarget", `10.0.0.1:1"x`), "error: render IPFIX_COLLECTORS"},
		"parameters":                     {config("nodePort", "1", "sampling", "7", "cacheMaxFlows", "9", "cacheActiveTimeout", "3200ms"), node + ":1 cache_active_timeout=3 cache_max_flows=9 sampling=7"},
		"zeros":                          {config("nodePort", "1", "sampling", "0", "cacheMaxFlows", "0", "cacheActiveTimeout", "0s"), node + ":1" + defaults},
		"what is no number":              {config("nodePort", "1", "sampling", "x", "cacheMaxFlows", "-1", "cacheActiveTimeout", "60"), node + ":1" + defaults},
		"too long":                       {config("nodePort", "1", "cacheActiveTimeout", "2h"), "error: 7200 is not in the range 0 to 4200"},
		"negative":                       {config("nodePort", "1", "cacheActiveTimeout", "-5s"), "error: is not in the range"},
		"the node's port, twice":         {config("sharedTarget", ":4739,:4739"), node + ":4739" + defaults},
		"the node's port and address":    {config("sharedTarget", ":4739,"+node+":4739"), "error: duplicate"},
		"the list and the node's port":   {readers.Cluster{IPFIX: []string{node + ":4739"}, ConfigMap: map[string]string{"nodePort": "4739"}}, "error: duplicate"},
		"the list and the same target":   {readers.Cluster{IPFIX: []string{"10.0.0.1:1"}, ConfigMap: map[string]string{"sharedTarget": "10.0.0.1:1"}}, "10.0.0.1:1" + defaults},
		"parameters need a target":       {readers.Cluster{IPFIX: []string{"10.0.0.1:1"}, ConfigMap: map[string]string{"sampling": "7"}}, "10.0.0.1:1" + defaults},
		"parameters, also for the lists": {readers.Cluster{IPFIX: []string{"10.0.0.1:1"}, ConfigMap: map[string]string{"nodePort": "2", "sampling": "7"}}, "10.0.0.1:1 " + node + ":2 cache_active_timeout=60 sampling=7"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ipfix(c.in, node)
			text, isError := strings.CutPrefix(c.want, "error: ")
			if isError && (!strings.HasPrefix(got, "error: ") || !strings.Contains(got, text)) || !isError && got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func ipfix(c readers.Cluster, node string) string {
	env, ok, err := readers.Render(c)
	if err != nil {
		return "error: " + err.Error()
	}
	if !ok {
		return ""
	}
	rows, err := readers.Start(env, node)
	if err != nil {
		return "error: " + err.Error()
	}
	return describe(rows.IPFIX)
}

// describe writes a row: its targets in their order, then its columns, sorted.
func describe(row *readers.Row) string {
	if row == nil {
		return ""
	}
	var columns []string
	for name, value := range row.Columns {
		columns = append(columns, name+"="+value)
	}
	slices.SortFunc(columns, cmp.Compare[string])
	return strings.Join(append(slices.Clone(row.Targets), columns...), " ")
}
