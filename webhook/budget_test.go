package webhook

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"

	"sluice/validation"
	"sluice/validation/policy"
)

// repeated is the content of a JSON list or object: one text, many times.
func repeated(text string, bytes int) string {
	n := bytes / (len(text) + 1)
	return strings.Repeat(text+",", n-1) + text
}

// numbered is the content of an object with many different keys.
func numbered() string {
	members := make([]string, 100_000)
	for i := range members {
		members[i] = fmt.Sprintf(`"k%d":"v"`, i)
	}
	return strings.Join(members, ",")
}

// hostileReviews are bodies of a size that the API server accepts, each with many values in a
// different place.
func hostileReviews() map[string]string {
	const size = 2 << 20
	lists := "[" + repeated("["+repeated("[0]", 4000)+"]", size) + "]"
	network := func(flows string) string {
		return review(opUpdate, flows, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`)
	}
	configMap := strings.NewReplacer(
		`"group":"operator.openshift.io","version":"v1","kind":"Network"`, `"group":"","version":"v1","kind":"ConfigMap"`,
		`"group":"operator.openshift.io","version":"v1","resource":"networks"`, `"group":"","version":"v1","resource":"configmaps"`,
		`"userInfo"`, `"namespace":"openshift-network-operator","userInfo"`,
		`"metadata":{"name":"cluster"}`, `"metadata":{"name":"ovs-flows-config","namespace":"openshift-network-operator"}`,
	)
	withSpec := func(field, value string) string {
		return strings.Replace(network(`{}`), `"spec":{`, `"spec":{"`+field+`":`+value+`,`, 1)
	}
	return map[string]string{
		"lists in a list of collectors": network(`{"netFlow":{"collectors":` + lists + `}}`),
		"objects in a list":             network(`{"netFlow":{"collectors":[[` + repeated(`{"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":0,"j":0}`, size) + `]]}}`),
		"members of a format":           network(`{"netFlow":{` + numbered() + `}}`),
		"formats":                       network(`{` + numbered() + `}`),
		"lists in the stored object":    review(opUpdate, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, `{"netFlow":{"collectors":`+lists+`}}`),
		"pod networks":                  withSpec("clusterNetwork", lists),
		"service networks":              withSpec("serviceNetwork", lists),
		"the type of the network":       withSpec("defaultNetwork", `{"type":`+lists+`}`),
		"data of the ConfigMap":         configMap.Replace(strings.Replace(review(opCreate, "", ""), `"spec":{}`, `"data":{`+numbered()+`}`, 1)),
		"binary data of the ConfigMap":  configMap.Replace(strings.Replace(review(opCreate, "", ""), `"spec":{}`, `"binaryData":{`+numbered()+`}`, 1)),
		"groups":                        strings.Replace(network(`{}`), `"groups":[`, `"groups":[`+repeated(`"g"`, size)+`,`, 1),
	}
}

// A body of a few megabytes must not need many times its size in memory, wherever its values are.
// A body that is not read to the end is rejected with an answer to which failurePolicy does not
// apply.
func TestReviewsWithTooManyValuesAreRejectedInLittleMemory(t *testing.T) {
	const limit = 16 << 20 // of the container's 128 MiB
	h := newTestHandler(Mutate, nil)
	for name, body := range hostileReviews() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			response := answer(t, h, body)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > limit {
				t.Errorf("%d MiB allocated for a body of %d KiB", used>>20, len(body)>>10)
			}
			message := response.Result.Message
			if response.Allowed || response.Result.Code != http.StatusRequestEntityTooLarge || !strings.Contains(message, "10000 JSON values") && !strings.Contains(message, "1048576 bytes") {
				t.Errorf("allowed: %t, result: %v", response.Allowed, response.Result)
			}
		})
	}
}

// Parts that are skipped, and texts that an answer repeats, must not need many times their size
// either.
func TestReviewsWithMuchThatIsNotReadNeedLittleMemory(t *testing.T) {
	const limit = 1 << 20
	good := review(opUpdate, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, `{"netFlow":{"collectors":["192.0.2.2:2055"]}}`)
	bad := strings.Replace(good, "192.0.2.1:2055", "x", 1)
	for name, body := range map[string]string{
		"keys that are skipped": strings.Replace(good, `"spec":{`, `"spec":{"unsupportedConfigOverrides":{`+numbered()+`},`, 1),
		"keys of the review":    `{` + numbered() + `,` + good[1:],
		"a name":                strings.Replace(bad, `"name":"cluster"`, `"name":"`+strings.Repeat("<", 3<<20)+`"`, 1),
		"a deep object":         strings.Replace(good, `"spec":{`, `"spec":{"deep":`+strings.Repeat("[", 1<<20)+strings.Repeat("]", 1<<20)+`,`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			h := newTestHandler(Mutate, nil)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			w := send(t, h, body)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > limit || w.Code != http.StatusOK || w.Body.Len() > 1000 {
				t.Errorf("HTTP %d with %d bytes; %d MiB allocated for a body of %d KiB", w.Code, w.Body.Len(), used>>20, len(body)>>10)
			}
		})
	}
}

// The policies of all groups apply to a user with many groups.
func TestPoliciesOfAllGroupsApply(t *testing.T) {
	deny := policy.Compile([]policy.Policy{{
		Name: "contractors", Subjects: []policy.Subject{{Kind: policy.GroupSubject, Name: "contractors"}},
		Deny: []policy.Rule{{}},
	}})
	h := newTestHandler(Validate, deny)
	for _, others := range []int{10, 1100, 9000} {
		groups := slices.Repeat([]string{`"system:authenticated"`}, others)
		body := strings.Replace(review(opCreate, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, ""),
			`["network-team"]`, "["+strings.Join(append(groups, `"contractors"`), ",")+"]", 1)
		if response := answer(t, h, body); response.Allowed || response.Result.Code != http.StatusForbidden {
			t.Errorf("%d other groups: %+v", others, response.Result)
		}
	}
}

// The size of an answer must not grow with the policies, the entries, or their product.
func TestAnswerToManyDenialsIsBounded(t *testing.T) {
	long := strings.Repeat("a", 253)
	for _, enforcement := range []policy.Enforcement{policy.Deny, policy.Warn, policy.Audit} {
		var policies []policy.Policy
		for i := range 300 {
			policies = append(policies, policy.Policy{
				Name: fmt.Sprintf("p%d-%s", i, long), Enforcement: enforcement, Fault: long,
				Allow: []policy.Rule{{Ports: []policy.PortRange{{First: 1, Last: 1}}}}, Deny: []policy.Rule{{}},
				RemovalRestricted: true,
			})
		}
		var flows []string
		for _, format := range validation.Formats() {
			var entries []string
			for i := range validation.MaxCollectors {
				entries = append(entries, fmt.Sprintf(`"192.0.2.%d:2055"`, i+1))
			}
			flows = append(flows, `"`+format.Field()+`":{"collectors":[`+strings.Join(entries, ",")+`]}`)
		}
		all := "{" + strings.Join(flows, ",") + "}"
		h := newTestHandler(Validate, policy.Compile(policies))
		for _, body := range []string{review(opCreate, all, ""), review(opUpdate, `{"netFlow":{"collectors":["198.51.100.1:1"]}}`, all)} {
			if w := send(t, h, body); w.Code != http.StatusOK || w.Body.Len() > 256<<10 {
				t.Errorf("enforcement %v: HTTP %d with %d KiB", enforcement, w.Code, w.Body.Len()>>10)
			}
		}
	}
}

// The audit log has several annotations for each request, and the names of policies are the users'.
func TestAnnotationsAreBoundedAndCountWhatIsLeftOut(t *testing.T) {
	verdict := validation.Verdict{}
	for i := range 1000 {
		name := fmt.Sprintf("p%04d-%s", i, strings.Repeat("a", 247))
		verdict.AppliedPolicies = append(verdict.AppliedPolicies, name)
		denial := validation.Denial{Policies: []string{name}, Rule: "allow", Message: strings.Repeat("m", 3000)}
		verdict.Denials = append(verdict.Denials, denial)
		verdict.Warned = append(verdict.Warned, denial)
		verdict.Audited = append(verdict.Audited, denial)
		verdict.Errors = append(verdict.Errors, validation.Finding{Rule: validation.Rule(name)})
	}
	for key, text := range annotations(&admissionRequest{}, verdict) {
		if len(text) > maxAnnotation {
			t.Errorf("%s: %d bytes", key, len(text))
		}
		if key != "verdict" && !strings.Contains(text, "and 99") && !strings.Contains(text, "and 1000 more") {
			t.Errorf("%s does not say how many are left out: %s", key, text)
		}
	}
	small := validation.Verdict{AppliedPolicies: []string{"a", "b"}}
	if got := annotations(&admissionRequest{}, small)["policies-applied"]; got != "a,b" {
		t.Errorf("policies-applied %q", got)
	}
}

// Both the message and the causes of a status repeat each denial.
func TestTheStatusIsBounded(t *testing.T) {
	h := newTestHandler(Validate, policyFunc(func(u validation.User, c validation.Change) []validation.Denial {
		return slices.Repeat([]validation.Denial{{Policies: []string{"p"}, Rule: "allow", Field: "f", Message: strings.Repeat("é", 2000)}}, 50)
	}))
	w := send(t, h, review(opCreate, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, ""))
	if w.Body.Len() > 2*maxCauses+4<<10 || !strings.Contains(w.Body.String(), "and at least 46 more findings and denials") {
		t.Errorf("%d bytes: %.300s", w.Body.Len(), w.Body)
	}
}

// lineCounter is a log that counts lines and their largest size.
type lineCounter struct{ lines, longest int }

func (l *lineCounter) log() logr.Logger {
	return funcr.New(func(_, args string) {
		l.lines++
		l.longest = max(l.longest, len(args))
	}, funcr.Options{Verbosity: 1})
}

// Whoever can reach the port can cause log lines.
func TestTheLogIsBoundedInSizeAndRate(t *testing.T) {
	long := strings.Repeat("a", 4000)
	var policies []policy.Policy
	for i := range 300 {
		policies = append(policies, policy.Policy{Name: fmt.Sprintf("p%d-%s", i, strings.Repeat("a", 240)), Deny: []policy.Rule{{}}})
	}
	good := review(opCreate, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`, "")
	for name, body := range map[string]string{
		"denied":       strings.NewReplacer("alice", long, `"cluster"`, `"`+long+`"`, "u-1", long).Replace(good),
		"unreadable":   strings.NewReplacer("alice", long, "u-1", long, `"uid"`, `"uid":"`+long+`","uid"`).Replace(good),
		"not reviewed": strings.NewReplacer("CREATE", long).Replace(good),
		"long keys":    strings.Replace(good, `"netFlow":`, `"`+strings.Repeat("k", 16<<10)+`":1,"netFlow":`, 1),
	} {
		var counter lineCounter
		h := newTestHandler(Validate, policy.Compile(policies))
		h.Log = counter.log()
		for range 5 * logBurst {
			send(t, h, body)
		}
		if counter.lines < logBurst || counter.lines > 4*logBurst || counter.longest > 8<<10 {
			t.Errorf("%s: %d lines, the longest with %d bytes", name, counter.lines, counter.longest)
		}
	}
}
