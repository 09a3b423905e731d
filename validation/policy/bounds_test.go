package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/validation"
	"sluice/validation/policy"
)

// profile is a FlowExportProfile with a spec.
func profile(t testing.TB, spec string) validation.Object {
	t.Helper()
	return validation.Object{Resource: validation.Profile, Name: "all", Profile: parse(t, spec)}
}

func bound(low, high int64) *policy.Bound {
	return &policy.Bound{Min: low, Max: high, HasMin: true, HasMax: true}
}

// told lists rule, path and value of each denial.
func told(denials []validation.Denial) string {
	var list []string
	for _, d := range denials {
		list = append(list, strings.TrimSpace(strings.Join([]string{d.Rule, d.Field, d.Value}, " ")))
	}
	return strings.Join(list, "; ")
}

// settingCase is a change of one object; an empty old is none, and an empty now a deletion.
type settingCase struct{ old, now, want string }

func checkSettings(t *testing.T, p policy.Policy, object func(testing.TB, string) validation.Object, cases map[string]settingCase) {
	t.Helper()
	p.Name = "p"
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := validation.Input{User: mary, Policies: policy.Compile([]policy.Policy{p})}
			if c.old != "" {
				old := object(t, c.old)
				in.Operation, in.Old, in.Object = validation.Update, &old, validation.Object{Resource: old.Resource, Name: old.Name}
			}
			if c.now != "" {
				in.Object = object(t, c.now)
			} else {
				in.Operation = validation.Delete
			}
			if got := told(validation.Review(in).Denials); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			in.User = john
			exempt := p
			exempt.Exempt = []policy.Subject{{Name: "john"}}
			in.Policies = policy.Compile([]policy.Policy{exempt})
			if got := told(validation.Review(in).Denials); got != "" {
				t.Errorf("an exempt user is denied %q", got)
			}
		})
	}
}

func TestSamplingOfTheConfigMapIsBounded(t *testing.T) {
	narrow := policy.Policy{Bounds: policy.Bounds{validation.Sampling: bound(10, 100)}}
	with := func(sampling string) string { return `{"nodePort":"4739","sampling":"` + sampling + `"}` }
	checkSettings(t, narrow, flowsConfig, map[string]settingCase{
		"inside":                              {"", with("50"), ""},
		"the default stays":                   {"", `{"nodePort":"4739"}`, ""},
		"the default in so many words":        {"", with("400"), ""},
		"above the default":                   {"", with("401"), "sampling data.sampling 401"},
		"below":                               {"", with("9"), "sampling data.sampling 9"},
		"from inside to above":                {with("50"), with("101"), "sampling data.sampling 101"},
		"nearer, but still above":             {with("4000"), with("400"), ""},
		"nearer, but still below":             {with("2"), with("3"), ""},
		"across":                              {with("4000"), with("2"), "sampling data.sampling 2"},
		"the key is removed":                  {with("50"), `{"nodePort":"4739"}`, "sampling data.sampling"},
		"the key is emptied":                  {with("50"), with(""), "sampling data.sampling"},
		"zero means the default":              {with("50"), with("0"), "sampling data.sampling 0"},
		"no number means the default":         {with("50"), with("fifty"), "sampling data.sampling fifty"},
		"the ConfigMap is removed":            {with("50"), "", "sampling data.sampling"},
		"the removal of the default":          {with("400"), "", ""},
		"the target is removed":               {with("50"), `{"sampling":"50"}`, "sampling data.sampling 50"},
		"the target is emptied":               {`{"sharedTarget":"10.0.0.1:1","sampling":"50"}`, `{"sharedTarget":"","sampling":"50"}`, "sampling data.sampling 50"},
		"a target makes the key count":        {`{"sampling":"4000"}`, with("4000"), "sampling data.sampling 4000"},
		"without a target nothing counts":     {"", `{"sampling":"4000"}`, ""},
		"another key changes":                 {with("4000"), `{"nodePort":"4739","sampling":"4000","cacheMaxFlows":"9"}`, ""},
		"another spelling is no other number": {with("4000"), with("04000"), ""},
	})
}

func TestCachesOfTheConfigMapAreBounded(t *testing.T) {
	caches := policy.Policy{Bounds: policy.Bounds{
		validation.CacheActiveTimeout: {Min: 0, Max: 60, HasMax: true}, validation.CacheMaxFlows: {Min: 1, Max: 4294967295, HasMin: true},
	}}
	with := func(timeout, flows string) string {
		return `{"nodePort":"4739","cacheActiveTimeout":"` + timeout + `","cacheMaxFlows":"` + flows + `"}`
	}
	checkSettings(t, caches, flowsConfig, map[string]settingCase{
		"inside":                     {"", with("60.9s", "400"), ""},
		"too long":                   {"", with("61s", "400"), "cacheActiveTimeout data.cacheActiveTimeout 61s"},
		"the cache is switched off":  {with("60s", "400"), with("60s", "0"), "cacheMaxFlows data.cacheMaxFlows 0"},
		"no cache, as there was":     {with("60s", "0"), with("30s", "0"), ""},
		"the ConfigMap is removed":   {with("30s", "400"), "", "cacheMaxFlows data.cacheMaxFlows"},
		"without a unit, so ignored": {with("30s", "400"), with("3000", "400"), ""},
	})
}

func TestSettingsOfAProfileAreBounded(t *testing.T) {
	narrow := policy.Policy{Bounds: policy.Bounds{validation.Sampling: bound(10, 100)}}
	const both = `"ipfix":{"sampling":50},"sFlow":{"sampling":50}`
	checkSettings(t, narrow, profile, map[string]settingCase{
		"inside":                   {"", `{` + both + `}`, ""},
		"outside":                  {"", `{"ipfix":{"sampling":101},"sFlow":{"sampling":9}}`, "sampling spec.ipfix.sampling 101; sampling spec.sFlow.sampling 9"},
		"not set is the default":   {"", `{}`, "sampling spec.ipfix.sampling; sampling spec.sFlow.sampling"},
		"no spec":                  {"", `null`, "sampling spec.ipfix.sampling; sampling spec.sFlow.sampling"},
		"from inside to outside":   {`{` + both + `}`, `{"ipfix":{"sampling":101},"sFlow":{"sampling":50}}`, "sampling spec.ipfix.sampling 101"},
		"nearer":                   {`{"ipfix":{"sampling":4000}}`, `{"ipfix":{"sampling":400}}`, ""},
		"removed":                  {`{` + both + `}`, `{"ipfix":{"sampling":50}}`, "sampling spec.sFlow.sampling"},
		"unchanged and outside":    {`{"ipfix":{"sampling":4000}}`, `{"ipfix":{"sampling":4000,"statsInterval":9}}`, ""},
		"exported nothing":         {`{` + both + `}`, `{"export":false,` + both + `}`, ""},
		"other nodes":              {`{` + both + `}`, `{"nodeSelector":{"matchLabels":{"a":"b"}},` + both + `}`, "sampling spec.ipfix.sampling; sampling spec.sFlow.sampling"},
		"another priority":         {`{` + both + `}`, `{"priority":1,` + both + `}`, "sampling spec.ipfix.sampling; sampling spec.sFlow.sampling"},
		"other nodes, all outside": {`{"ipfix":{"sampling":4000},"sFlow":{"sampling":400}}`, `{"priority":-1,"ipfix":{"sampling":4000},"sFlow":{"sampling":50}}`, "sampling spec.ipfix.sampling 4000"},
		"the same selector":        {`{"priority":0,` + both + `}`, `{"nodeSelector":{},` + both + `}`, ""},
		"deleted":                  {`{` + both + `}`, "", "sampling spec.ipfix.sampling; sampling spec.sFlow.sampling"},
		"deleted, for the better":  {`{"ipfix":{"sampling":4000},"sFlow":{"sampling":400}}`, "", ""},
		"deleted, of defaults":     {`{}`, "", ""},
		"written otherwise":        {`{"ipfix":{"sampling":4000},"sFlow":{"sampling":400}}`, `{"ipfix":{"sampling":4e3}}`, ""},
	})
	caches := policy.Policy{Bounds: policy.Bounds{
		validation.CacheActiveTimeout: bound(1, 60), validation.CacheMaxFlows: {Min: 1, Max: 4294967295, HasMin: true},
	}}
	checkSettings(t, caches, profile, map[string]settingCase{
		"cache":    {"", `{"ipfix":{"cacheActiveTimeout":60,"cacheMaxFlows":1}}`, ""},
		"no cache": {"", `{"ipfix":{"cacheActiveTimeout":0}}`, "cacheActiveTimeout spec.ipfix.cacheActiveTimeout 0; cacheMaxFlows spec.ipfix.cacheMaxFlows"},
	})
}

func TestARequiredCollectorIsNotStarved(t *testing.T) {
	required := policy.Policy{Required: []validation.Collector{sink(validation.IPFIX, "10.0.0.5:4739"), sink(validation.NetFlow, "10.0.0.5:2055")}}
	const both = "required[0] spec.export false; required[1] spec.export false"
	checkSettings(t, required, profile, map[string]settingCase{
		"switched off":            {`{"export":true}`, `{"export":false}`, both},
		"created switched off":    {"", `{"export":false}`, both},
		"created":                 {"", `{"export":true}`, ""},
		"off already":             {`{"export":false}`, `{"export":false,"ipfix":{"sampling":2}}`, ""},
		"off, on other nodes":     {`{"export":false,"nodeSelector":{"matchLabels":{"a":"b"}}}`, `{"export":false}`, both},
		"off, before other ones":  {`{"export":false}`, `{"export":false,"priority":9}`, both},
		"switched on":             {`{"export":false}`, `{}`, ""},
		"deleted":                 {`{"export":true}`, "", ""},
		"a sampling is no matter": {"", `{"ipfix":{"sampling":4294967295}}`, ""},
	})
	managed := func(state string) func(testing.TB, string) validation.Object {
		return func(t testing.TB, flows string) validation.Object {
			t.Helper()
			o := network(t, flows)
			o.ManagementState = validation.Value{Kind: validation.String, Text: state}
			return o
		}
	}
	const there = `{"ipfix":{"collectors":["10.0.0.5:4739"]}}`
	for name, c := range map[string]struct{ before, after, old, now, want string }{
		"unmanaged":                {"Managed", "Unmanaged", there, there, "required[0] spec.managementState Unmanaged"},
		"unmanaged already":        {"Unmanaged", "Unmanaged", there, there, ""},
		"managed again":            {"Unmanaged", "Managed", there, there, ""},
		"removed is still managed": {"Managed", "Removed", there, there, ""},
		"nothing to starve":        {"Managed", "Unmanaged", `{}`, `{}`, ""},
		"removed as well":          {"Managed", "Unmanaged", there, `{}`, "required[0] spec.exportNetworkFlows.ipfix.collectors 10.0.0.5:4739"},
		"added at the same time":   {"Managed", "Unmanaged", `{}`, there, "required[0] spec.managementState Unmanaged"},
	} {
		t.Run(name, func(t *testing.T) {
			required.Name = "p"
			old := managed(c.before)(t, c.old)
			in := change(old, managed(c.after)(t, c.now))
			in.User, in.Policies = mary, policy.Compile([]policy.Policy{required})
			if got := told(validation.Review(in).Denials); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestWhatADenialOfASettingSays(t *testing.T) {
	p := policy.Policy{
		Name: "p", Bounds: policy.Bounds{validation.Sampling: {Min: 1, Max: 100, HasMax: true}, validation.CacheMaxFlows: bound(1, 9)},
		Required: []validation.Collector{sink(validation.IPFIX, "10.0.0.5:4739")},
	}
	set := policy.Compile([]policy.Policy{p})
	lines := func(in validation.Input) (lines []string) {
		in.User, in.Policies = mary, set
		for _, d := range validation.Review(in).Denials {
			lines = append(lines, d.Line())
		}
		return lines
	}
	old := profile(t, `{"ipfix":{"sampling":50,"cacheMaxFlows":5},"sFlow":{"sampling":50}}`)
	before := flowsConfig(t, `{"nodePort":"1","sampling":"50","cacheMaxFlows":"1"}`)
	got := append(lines(change(old, profile(t, `{"export":false,"priority":1,"ipfix":{"sampling":5000},"sFlow":{"sampling":50}}`))),
		lines(change(before, flowsConfig(t, `{"nodePort":"1","sampling":"x"}`)))...)
	got = append(got, lines(change(old, profile(t, `{"mode":"Observe","ipfix":{"sampling":50,"cacheMaxFlows":5},"sFlow":{"sampling":50}}`)))...)
	want := []string{
		`spec.export: "false": the selected nodes would export nothing, but the policy requires IPFIX 10.0.0.5:4739; remove the field, or write true [policy p/required[0]]`,
		`spec.ipfix.sampling: nodes that the profile no longer selects would get the default, 400; the policy allows at most 100; keep the profile and its nodeSelector and priority [policy p/sampling]`,
		`spec.ipfix.sampling: "5000": the value would be 5000; the policy allows at most 100; write 100 [policy p/sampling]`,
		`spec.ipfix.cacheMaxFlows: nodes that the profile no longer selects would get the default, 0; the policy allows 1 to 9; keep the profile and its nodeSelector and priority [policy p/cacheMaxFlows]`,
		`spec.ipfix.cacheMaxFlows: is not set, so that the default applies, 0; the policy allows 1 to 9; write 1 [policy p/cacheMaxFlows]`,
		`spec.sFlow.sampling: nodes that the profile no longer selects would get the default, 400; the policy allows at most 100; keep the profile and its nodeSelector and priority [policy p/sampling]`,
		`data.sampling: "x": is ignored, so that the default applies, 400; the policy allows at most 100; write 100 [policy p/sampling]`,
		`data.cacheMaxFlows: is not set, so that the default applies, 0; the policy allows 1 to 9; write 1 [policy p/cacheMaxFlows]`,
		`spec.mode: "Observe": the selected nodes would not apply the lists, but the policy requires IPFIX 10.0.0.5:4739; remove the field, or write Enforce [policy p/required[0]]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// An invalid policy may bound anything: what sets a value is refused, what returns to a
// default passes, as the removal of a collector does.
func TestAnInvalidPolicyKeepsSettings(t *testing.T) {
	checkSettings(t, policy.Policy{Fault: "unreadable"}, flowsConfig, map[string]settingCase{
		"set":       {`{"nodePort":"1"}`, `{"nodePort":"1","sampling":"7"}`, "fault data.sampling 7"},
		"unchanged": {`{"nodePort":"1","sampling":"7"}`, `{"nodePort":"1","sampling":"7","x":"y"}`, ""},
		"default":   {`{"nodePort":"1","sampling":"7"}`, `{"nodePort":"1"}`, ""},
		"removed":   {`{"nodePort":"1","sampling":"7"}`, "", ""},
	})
}

func TestMaxCollectorsCountsARepeatedCollectorOnce(t *testing.T) {
	one := 1
	checkSettings(t, policy.Policy{MaxCollectors: &one}, flowsConfig, map[string]settingCase{
		"one, as a duplicate": {"", `{"sharedTarget":"10.0.0.1:4739,10.0.0.1:4739"}`, ""},
		"another spelling":    {"", `{"sharedTarget":"10.0.0.1:4739,[::ffff:10.0.0.1]:04739"}`, ""},
		"two":                 {"", `{"sharedTarget":"10.0.0.1:4739,10.0.0.2:4739,10.0.0.1:4739"}`, "maxCollectors data"},
	})
}
