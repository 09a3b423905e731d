package validation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The keys of the ConfigMap ovs-flows-config that the Cluster Network Operator reads
// (bootstrapFlowsConfig in its pkg/network/ovn_kubernetes.go).
const (
	keySharedTarget  = "sharedTarget"
	keyNodePort      = "nodePort"
	keyActiveTimeout = "cacheActiveTimeout"
	keyMaxFlows      = "cacheMaxFlows"
	keySampling      = "sampling"
)

func flowsConfigKeys() []string {
	return []string{keySharedTarget, keyNodePort, keyActiveTimeout, keyMaxFlows, keySampling}
}

// maxActiveTimeout is the largest cache_active_timeout, in seconds, that OVS stores
// (vswitch.ovsschema, table IPFIX).
const maxActiveTimeout = 4200

// flowsConfigReview is one review of the ConfigMap. What the Cluster Network Operator
// ignores in silence is a warning; what stops ovnkube-node or breaks its template is an
// error.
type flowsConfigReview struct {
	findings
	in        Input
	edits     []Edit
	pieces    []entry
	canonical []string
}

func reviewFlowsConfig(in Input) Verdict {
	r := flowsConfigReview{in: in, findings: findings{limit: in.Options.MaxFindings}}
	data := in.Object.Data
	switch data.Kind {
	case Absent, Null, Map:
	default:
		r.reject(Finding{
			Rule: RuleWrongType, Field: "data", Position: data.Position,
			Message: fmt.Sprintf("is %s where %s belongs; write the five keys as strings", data.Kind, Map),
		})
	}
	again := repeats(data.Members)
	for i, m := range data.Members {
		switch {
		case again(i):
			r.reject(Finding{Rule: RuleDuplicateField, Field: fieldPath("data", m.Key), Position: m.Position, Message: "stands twice; one of the two would be lost; keep one"})
		case m.Value.Kind == Null && in.Object.MergePatch:
		case m.Value.Kind != String:
			r.reject(Finding{
				Rule: RuleWrongType, Field: fieldPath("data", m.Key), Position: m.Value.Position,
				Message: fmt.Sprintf("is %s where %s belongs; put it in quotes", m.Value.what(), String),
			})
		default:
			r.key(m)
		}
	}
	r.unread()
	exports := Exports{}
	exports.set(IPFIX, r.canonical)
	v := r.verdict(r.edits, exports)
	judge(in, &v, func() []Export { return flowsConfigExports(in) }, r.exports)
	return v
}

// key reviews one key of the ConfigMap.
func (r *flowsConfigReview) key(m Member) {
	switch m.Key {
	case keySharedTarget:
		r.sharedTarget(m)
	case keyNodePort:
		r.nodePort(m)
	case keyActiveTimeout:
		r.activeTimeout(m)
	case keyMaxFlows:
		r.number(m, "write how many flows the cache may hold")
	case keySampling:
		r.sampling(m)
	default:
		message := "is not a key that the Cluster Network Operator reads"
		if i := slices.IndexFunc(flowsConfigKeys(), func(known string) bool { return Misspells(m.Key, known) }); i >= 0 {
			message += fmt.Sprintf("; did you mean %q?", flowsConfigKeys()[i])
		}
		r.advise(Finding{Rule: RuleKeyIgnored, Field: fieldPath("data", m.Key), Position: m.Position, Message: message})
	}
}

func (r *flowsConfigReview) finding(rule Rule, m Member, message string) Finding {
	return Finding{Rule: rule, Field: "data." + m.Key, Value: m.Value.Text, Position: m.Value.Position, Message: message}
}

// stood reports whether a value stood there before and counted. What the operator ignored,
// because of another key or for want of a target, begins to count only now.
func (r *flowsConfigReview) stood(m Member) bool {
	return r.in.Old != nil && r.in.Old.Data.Get(m.Key).Equal(m.Value) && counts(*r.in.Old, m.Key)
}

// counts reports whether the Cluster Network Operator reads a key of the ConfigMap at all.
func counts(o Object, key string) bool {
	switch key {
	case keySharedTarget:
		return true
	case keyNodePort:
		return !isSet(o, keySharedTarget)
	}
	return o.Data.Get(keySharedTarget).Text != "" || !isSet(o, keySharedTarget) && isSet(o, keyNodePort)
}

// refuse reports an error, or a warning if the value stood there before.
func (r *flowsConfigReview) refuse(f Finding, m Member) {
	if r.stood(m) {
		f.Message = stands + f.Message
		r.advise(f)
		return
	}
	r.reject(f)
}

// nodePort becomes the target ":PORT", which OVN-Kubernetes completes with the address of
// each node.
func (r *flowsConfigReview) nodePort(m Member) {
	text := strings.TrimSpace(m.Value.Text)
	read := collectorReader{usualPort: IPFIX.UsualPort(), nodeAddress: true}.read(":" + text)
	ignored := isSet(r.in.Object, keySharedTarget)
	unchanged := r.in.Old != nil && r.in.Old.Data.Get(m.Key).Equal(m.Value)
	switch {
	case ignored && (unchanged || len(read.problems) == 0 && !strings.ContainsAny(text, ":,")):
		r.advise(r.finding(RuleKeyIgnored, m, "is ignored: sharedTarget is set as well, and wins"))
		return
	case len(read.problems) > 0 || strings.ContainsAny(text, ":,"):
		r.refuse(r.finding(RuleNodePort, m, "is not a port; it would become the target "+Quote(":"+text)+" of each node; write a decimal port from 1 to 65535"+otherKey(text)), m)
		return
	case strconv.Itoa(int(read.collector.Port())) != m.Value.Text:
		notes := read.notes
		if text != m.Value.Text {
			notes = append(notes, note{RuleWhiteSpace, "surrounding white space removed"})
		}
		r.rewrite(m, notes, strconv.Itoa(int(read.collector.Port())))
	}
	r.pieces = []entry{{text: m.Value.Text, reading: read, position: m.Value.Position}}
	r.canonical = []string{collectorText(read)}
}

// otherKey points out the key that takes addresses.
func otherKey(text string) string {
	if strings.ContainsAny(text, ".:") {
		return ", or an address and port as sharedTarget"
	}
	return ""
}

// isSet reports whether the object sets a key: even to "", because the Cluster Network
// Operator looks only whether the key is there.
func isSet(o Object, key string) bool {
	switch o.Data.Get(key).Kind {
	case Absent:
		return false
	case Null:
		return !o.MergePatch
	default:
		return true
	}
}

// activeTimeout is a Go duration that becomes whole seconds.
func (r *flowsConfigReview) activeTimeout(m Member) {
	d, err := time.ParseDuration(m.Value.Text)
	seconds := d.Truncate(time.Second)
	switch {
	case err != nil:
		f := r.finding(RuleValueIgnored, m, "is not a duration and is ignored; write seconds with their unit, such as \"60s\"")
		if n, err := strconv.ParseUint(strings.TrimSpace(m.Value.Text), 10, 16); err == nil && n <= maxActiveTimeout {
			f.Suggestion = strconv.FormatUint(n, 10) + "s"
			f.Message = fmt.Sprintf("has no unit and is ignored; write %q", f.Suggestion)
		}
		r.advise(f)
	case seconds < 0 || seconds > maxActiveTimeout*time.Second:
		r.refuse(r.finding(RuleCacheTimeout, m, fmt.Sprintf("is outside 0s to %ds; Open vSwitch refuses it and ovnkube-node would not start; write a duration in this range", maxActiveTimeout)), m)
	case seconds == 0:
		r.advise(r.finding(RuleValueIgnored, m, "is ignored: 0 does not switch the flow cache off; OVN-Kubernetes uses 60s"))
	case seconds != d:
		r.advise(r.finding(RuleValueTruncated, m, fmt.Sprintf("is cut to %ds: only whole seconds count", int(seconds.Seconds()))))
	default:
		if flows := r.in.Object.Data.Get(keyMaxFlows).Text; (flows == "" || strings.Trim(flows, "0") == "") && !r.in.Object.MergePatch {
			r.advise(r.finding(RuleUnboundedExport, m, "has no effect while cacheMaxFlows is 0: each sampled packet is a datagram"))
		}
	}
}

// number reads an unsigned 32-bit number as the Cluster Network Operator does; false if it
// is ignored.
func (r *flowsConfigReview) number(m Member, fix string) (uint64, bool) {
	n, err := strconv.ParseUint(m.Value.Text, 10, 32)
	if err != nil {
		r.advise(r.finding(RuleValueIgnored, m, "is not a number from 0 to 4294967295 and is ignored; "+fix))
		return 0, false
	}
	return n, true
}

func (r *flowsConfigReview) sampling(m Member) {
	n, ok := r.number(m, `write "400" to sample 1 packet in 400`)
	switch {
	case !ok:
	case n == 0:
		r.advise(r.finding(RuleValueIgnored, m, "is ignored: 0 does not switch sampling off; OVN-Kubernetes samples 1 packet in 400"))
	case n == 1:
		r.advise(r.finding(RuleEveryPacket, m, "exports every packet and can overload each node; write 2 or more, 400 is usual"))
	}
}

// unread warns about what the operator does not read at all.
func (r *flowsConfigReview) unread() {
	for _, m := range r.in.Object.BinaryData.Members {
		r.advise(Finding{Rule: RuleKeyIgnored, Field: fieldPath("binaryData", m.Key), Position: m.Position, Message: "is not read by the Cluster Network Operator; write it under data"})
	}
	if o := r.in.Object; o.MergePatch || isSet(o, keySharedTarget) || isSet(o, keyNodePort) {
		return
	}
	if len(r.errors) == 0 {
		r.advise(Finding{
			Rule: RuleConfigIgnored, Field: "data", Position: r.in.Object.Data.Position,
			Message: "the Cluster Network Operator ignores the ConfigMap: it has neither sharedTarget nor nodePort",
		})
	}
}
