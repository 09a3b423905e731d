package validation_test

import (
	"net"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sluice/validation"
)

// storable is the pattern of a collector in the CustomResourceDefinition of openshift/api
// (operator/v1, IPPort), letter for letter.
var storable = regexp.MustCompile(`^(([0-9]|[0-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])\.){3}([0-9]|[0-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5]):([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$`)

// printable is what the API server passes on as a warning.
var printable = regexp.MustCompile(`^[ -~]+$`)

// generated is how many objects each property is tried on.
const generated = 20_000

func TestEveryProperty(t *testing.T) {
	g := newGenerator(1)
	outcomes := map[validation.Outcome]int{}
	for range generated {
		in := validation.Input{Object: network(t, g.flows()), Options: g.options()}
		if g.IntN(2) == 0 {
			in = update(network(t, g.flows()), in.Object)
			in.Options = g.options()
		}
		outcomes[holds(t, in)]++
		in = validation.Input{Object: flowsConfig(t, g.data()), Options: g.options()}
		if g.IntN(2) == 0 {
			in = update(flowsConfig(t, g.data()), in.Object)
		}
		outcomes[holds(t, in)]++
		if t.Failed() {
			return
		}
	}
	for _, outcome := range []validation.Outcome{validation.Accepted, validation.Normalized, validation.Rejected} {
		if outcomes[outcome] < generated/20 {
			t.Errorf("only %d of %d objects are %s; the generator proves little", outcomes[outcome], 2*generated, outcome)
		}
	}
}

// holds checks on one object what is true of all of them.
func holds(t *testing.T, in validation.Input) validation.Outcome {
	t.Helper()
	v := validation.Review(in)
	describe := func(what string) {
		t.Helper()
		t.Errorf("%s\nold: %v\nobject: %v %v\noptions: %+v\nverdict: %q", what, in.Old, in.Object.ExportNetworkFlows, in.Object.Data, in.Options, brief(v))
	}
	if !reflect.DeepEqual(v, validation.Review(in)) {
		describe("a second review differs")
	}
	for _, f := range v.Warnings {
		if !printable.MatchString(f.Line()) {
			describe("a warning is no line of printable ASCII: " + strconv.Quote(f.Line()))
		}
	}
	for _, f := range v.Errors {
		if !printable.MatchString(f.Field + f.Text()) {
			describe("an error is no line of printable ASCII: " + strconv.Quote(f.Text()))
		}
	}
	if !inOrder(in.Object, v.Errors) {
		describe("errors are not in the user's order")
	}
	switch v.Outcome() {
	case validation.Rejected:
		if len(v.Edits) > 0 {
			describe("a refused object is edited")
		}
	case validation.Accepted, validation.Normalized:
		if problem := passes(in, v); problem != "" {
			describe(problem)
		}
	case validation.Denied:
		describe("denied without a policy")
	}
	return v.Outcome()
}

// inOrder reports whether the indexes within each list rise.
func inOrder(o validation.Object, found []validation.Finding) bool {
	last := map[string]int{}
	for _, f := range found {
		parent, index, ok := strings.Cut(f.Field, "[")
		if !ok || o.Resource != validation.Network {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
		if err != nil {
			continue
		}
		if n < last[parent] {
			return false
		}
		last[parent] = n
	}
	return true
}

// passes says what is wrong with an object that passes.
func passes(in validation.Input, v validation.Verdict) string {
	if in.Options.RejectNonCanonical && len(v.Edits) > 0 {
		return "edited in reject mode"
	}
	again := in
	again.Object = applied(in.Object, v.Edits)
	second := validation.Review(again)
	if len(second.Edits) > 0 || second.Outcome() != validation.Accepted {
		return "normalizing again changes the result"
	}
	if slices.ContainsFunc(second.Warnings, func(f validation.Finding) bool { return f.Rewritten }) {
		return "the edited object is reported to be edited"
	}
	if !reflect.DeepEqual(v.Flows, second.Flows) {
		return "the edits and the exports differ"
	}
	if in.Object.Resource != validation.Network {
		return ""
	}
	for _, f := range validation.Formats() {
		if problem := listPasses(in, f, again.Object.ExportNetworkFlows.Get(f.Field()).Get("collectors")); problem != "" {
			return f.String() + ": " + problem
		}
	}
	return orderKept(in.Object, v)
}

// listPasses says what the cluster could not do with a list that passes. What was in
// the old object is not judged.
func listPasses(in validation.Input, format validation.Format, list validation.Value) string {
	var old []string
	if in.Old != nil {
		if in.Old.ExportNetworkFlows.Equal(in.Object.ExportNetworkFlows) {
			return ""
		}
		old = texts(in.Old.ExportNetworkFlows.Get(format.Field()).Get("collectors"))
	}
	seen, added := map[string]bool{}, 0
	for _, item := range list.Items {
		text := item.Text
		if slices.Contains(old, text) {
			continue
		}
		added++
		host, _, err := net.SplitHostPort(text)
		switch {
		case err != nil || net.ParseIP(host) == nil:
			return "OVN-Kubernetes can't parse " + text
		case !in.Options.IPv6 && !storable.MatchString(text):
			return "the CustomResourceDefinition does not store " + text
		case seen[text]:
			return text + " is listed more than once"
		}
		seen[text] = true
	}
	if added > 0 && len(seen)+len(old) <= validation.MaxCollectors && len(list.Items) > validation.MaxCollectors {
		return "more than 10 collectors"
	}
	if in.Old == nil && len(list.Items) > validation.MaxCollectors {
		return "more than 10 collectors"
	}
	return ""
}

// texts are the entries of a list, those that are joined one by one.
func texts(list validation.Value) []string {
	items := list.Items
	if list.Kind == validation.String {
		items = []validation.Value{list}
	}
	var all []string
	for _, item := range items {
		all = append(all, item.Text)
		for piece := range strings.SplitSeq(item.Text, ",") {
			all = append(all, strings.TrimSpace(piece))
		}
	}
	return all
}

// orderKept says where entries changed places: each list must be made from its entries in
// their order.
func orderKept(o validation.Object, v validation.Verdict) string {
	for _, e := range v.Edits {
		if e.List == nil {
			continue
		}
		if !slices.IsSorted(e.From) || len(e.From) != len(e.List) {
			return "entries changed places"
		}
		format := strings.Split(e.Pointer, "/")[3]
		original := o.ExportNetworkFlows.Get(format).Get("collectors")
		for i, from := range e.From {
			if original.Kind == validation.List && !comesFrom(original.Items[from], e.List[i].String()) {
				return e.List[i].String() + " is said to come from " + original.Items[from].Text
			}
		}
	}
	return ""
}

// comesFrom reports whether an entry alone gives a collector, or holds its text.
func comesFrom(item validation.Value, collector string) bool {
	v := validation.Review(validation.Input{
		Object: validation.Object{ExportNetworkFlows: validation.Value{Kind: validation.Map, Members: []validation.Member{{
			Key: "netFlow", Value: validation.Value{Kind: validation.Map, Members: []validation.Member{{
				Key: "collectors", Value: validation.Value{Kind: validation.List, Items: []validation.Value{item}},
			}}},
		}}}},
		Options: validation.Options{IPv6: true},
	})
	return slices.Contains(validation.Texts(v.Flows.Of(validation.NetFlow)), collector) || strings.Contains(item.Text, collector)
}

// applied makes the edits in a copy of an object.
func applied(o validation.Object, edits []validation.Edit) validation.Object {
	for _, e := range edits {
		path := strings.Split(e.Pointer, "/")[1:]
		if path[0] == "data" {
			o.Data = with(o.Data, path[1:], e)
		} else {
			o.ExportNetworkFlows = with(o.ExportNetworkFlows, path[2:], e)
		}
	}
	return o
}

func with(v validation.Value, path []string, e validation.Edit) validation.Value {
	if len(path) == 0 {
		switch {
		case e.Remove:
			return validation.Value{}
		case e.List == nil:
			return validation.Value{Kind: validation.String, Text: e.Text}
		}
		list := validation.Value{Kind: validation.List}
		for _, text := range validation.Texts(e.List) {
			list.Items = append(list.Items, validation.Value{Kind: validation.String, Text: text})
		}
		return list
	}
	members := slices.Clone(v.Members)
	v.Members = nil
	for _, m := range members {
		if m.Key == path[0] {
			m.Value = with(m.Value, path[1:], e)
		}
		if m.Value.Kind != validation.Absent {
			v.Members = append(v.Members, m)
		}
	}
	return v
}
