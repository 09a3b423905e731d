package validation

import (
	"fmt"
	"slices"
)

func reviewFlowsConfig(in Input) Verdict {
	r := flowsConfigReview{in: in, findings: newFindings(in.Options)}
	data := in.Object.Data
	switch data.Kind {
	case Absent, Null, Map:
	default:
		r.reject(Finding{
			Rule: RuleWrongType, Field: "data", Position: data.Position,
			Message: fmt.Sprintf("is %s, but must be %s; write the five keys as strings", data.Kind, Map),
		})
	}
	again := repeats(data.Members)
	for i, m := range data.Members {
		switch {
		case again(i):
			r.reject(duplicateField("data", m))
		case m.Value.Kind == Null && in.Object.MergePatch:
		case m.Value.Kind == LongString && !FlowsConfigKey(m.Key):
			r.key(m) // nothing reads it
		case m.Value.Kind != String:
			r.reject(Finding{
				Rule: RuleWrongType, Field: fieldPath("data", m.Key), Position: m.Value.Position,
				Message: m.Value.isNot(String) + "; " + fixOfType(m),
			})
		default:
			r.key(m)
		}
	}
	flows := Flows{IPFIX: r.canonical}
	r.adviseOnObject(ObjectContext{Object: r.in.Object, Flows: flows})
	r.unread()
	v := r.verdict(r.edits, flows)
	v.Parameters = parametersOf(&in.Object)
	if in.Policies != nil {
		evaluate(in, &v, collectorsOf(in.Old, in.Options), targets(targetKey(&in.Object), r.pieces))
	}
	return v
}

// key reviews one key of the ConfigMap.
func (r *flowsConfigReview) key(m Member) {
	switch m.Key {
	case keySharedTarget:
		if r.sharedTarget(m) {
			r.adviseOnTargets(m)
		}
	case keyNodePort:
		if r.nodePort(m) {
			r.adviseOnTargets(m)
		}
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

// fixOfType says what to write for a key whose value can't be read.
func fixOfType(m Member) string {
	switch {
	case m.Value.Kind != LongString:
		return "put it in quotes"
	case m.Key == keySharedTarget:
		return fmt.Sprintf("write at most %d collectors, each as ADDRESS:PORT", MaxCollectors)
	}
	return "write a shorter one"
}
